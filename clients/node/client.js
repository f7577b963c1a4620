'use strict';
// A client of the MedSettle gateway over @grpc/grpc-js, made of the proto files at run time.
//
//   const wallet = new Client('127.0.0.1:50051', token);
//   const { order } = await wallet.call('PaymentService', 'GetOrder', { order_id });
//
// int64 fields (all money) are strings here and BigInt where one computes with them: a double would lose fen.

const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const PROTO_ROOT = process.env.MEDSETTLE_PROTO || path.join(__dirname, '..', '..', 'proto');
const SERVICES = ['binding', 'payment', 'account', 'settlement', 'operator'];
const DEADLINE_MS = 10_000;

const contract = grpc.loadPackageDefinition(
  protoLoader.loadSync(
    SERVICES.map((name) => `medsettle/v1/${name}_service.proto`),
    { includeDirs: [PROTO_ROOT], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true },
  ),
).medsettle.v1;

// The error model of google.rpc, as far as the gateway uses it.
const rpc = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`, { keepCase: true }).root;
const Status = rpc.lookupType('google.rpc.Status');
const ErrorInfo = rpc.lookupType('google.rpc.ErrorInfo');

/** A call that the gateway did not execute: nothing of it was written. `reason` is a name of ErrorReason. */
class Refusal extends Error {
  constructor(code, info, message) {
    super(`${info.reason}: ${message}`);
    this.code = grpc.status[code];
    this.reason = info.reason;
    this.metadata = info.metadata;
  }
}

/** The Refusal in a gRPC error; the error itself when the runtime made it, which proves nothing: ask again. */
function refusalOf(error) {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!details) return error;
  const packed = Status.decode(details).details.find((any) => any.type_url.endsWith('google.rpc.ErrorInfo'));
  return packed ? new Refusal(error.code, ErrorInfo.decode(packed.value), error.details) : error;
}

/** One party's connection to a gateway. */
class Client {
  constructor(address, token) {
    this.address = address;
    this.metadata = new grpc.Metadata();
    this.metadata.set('authorization', `Bearer ${token}`);
    this.stubs = new Map();
  }

  stub(service) {
    if (!this.stubs.has(service)) {
      this.stubs.set(service, new contract[service](this.address, grpc.credentials.createInsecure()));
    }
    return this.stubs.get(service);
  }

  /** Calls a unary rpc; rejects with a Refusal, or with the runtime's own error. */
  call(service, method, request) {
    const stub = this.stub(service);
    const options = { deadline: Date.now() + DEADLINE_MS };
    return new Promise((resolve, reject) => {
      stub[method](request, this.metadata, options, (error, response) => {
        if (error) reject(refusalOf(error));
        else resolve(response);
      });
    });
  }

  /** Opens a server stream, for example WatchOrders. */
  stream(service, method, request) {
    return this.stub(service)[method](request, this.metadata);
  }

  close() {
    for (const stub of this.stubs.values()) stub.close();
  }
}

module.exports = { Client, Refusal };
