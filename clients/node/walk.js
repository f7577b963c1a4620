'use strict';
// One bill from its binding to its refund, against a sandbox. Prints one JSON line.
//
//   node walk.js ADDRESS WALLET_TOKEN HOSPITAL_TOKEN OUTBOX_FILE

const crypto = require('node:crypto');
const fs = require('node:fs');
const { Client, Refusal } = require('./client');

if (process.argv.length !== 6) {
  console.error('usage: node walk.js ADDRESS WALLET_TOKEN HOSPITAL_TOKEN OUTBOX_FILE');
  process.exit(2);
}
const [address, walletToken, hospitalToken, outbox] = process.argv.slice(2);
const wallet = new Client(address, walletToken);
const hospital = new Client(address, hospitalToken);
const id = () => crypto.randomUUID();
const nowMs = () => Date.now().toString();
const PATIENT = {
  id_document_kind: 'ID_DOCUMENT_KIND_ID_CARD',
  id_number: '000000197907150002',
  name: 'Qian Deep',
  phone: '10000000002',
  region_code: '110100',
};

function lastCode() {
  const lines = fs.readFileSync(outbox, 'utf8').trim().split('\n');
  return /\d{6}/.exec(JSON.parse(lines[lines.length - 1]).text)[0];
}

function chinaDate() {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
}

async function bind() {
  const started = await wallet.call('BindingService', 'StartBinding', {
    request_id: id(), channel_user_id: `node-${id()}`, ...PATIENT,
  });
  const { binding } = await wallet.call('BindingService', 'ConfirmBinding', {
    request_id: id(), binding_id: started.binding.binding_id, code: lastCode(),
  });
  return binding;
}

async function pushOrder(bindingId) {
  const lines = [
    { line_no: '1', item_code: 'EX-1', item_name: 'examination', item_class: 'ITEM_CLASS_A', amount_fen: '50000' },
    {
      line_no: '2', item_code: 'DR-7', item_name: 'drug', item_class: 'ITEM_CLASS_B', self_pay_ppm: 100000,
      amount_fen: '3333',
    },
  ];
  return hospital.call('PaymentService', 'CreateOrder', {
    request_id: id(), institution_id: 'H11010000001', institution_order_no: `NODE-${id()}`, binding_id: bindingId,
    kind: 'ORDER_KIND_MIXED', scenario: 'SCENARIO_DIAGNOSIS', service: 'SERVICE_OUTPATIENT',
    referral: 'REFERRAL_LOCAL', service_date: chinaDate(), lines, title: 'Out-patient visit',
    total_fen: lines.reduce((sum, line) => sum + BigInt(line.amount_fen), 0n).toString(),
  });
}

function payment(orderId, bindingId, quote) {
  return {
    request_id: id(), order_id: orderId, binding_id: bindingId, quote_digest: quote.quote_digest,
    cash_due_fen: quote.cash_due_fen, use_account: true, user_authentication: 'USER_AUTHENTICATION_PASSWORD',
  };
}

async function reasonOf(promise) {
  try {
    await promise;
    return 'NONE';
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

async function main() {
  const { binding_id: bindingId, state } = await bind();
  const created = await pushOrder(bindingId);
  const orderId = created.order.order_id;
  const quote = await wallet.call('PaymentService', 'QuoteOrder', {
    order_id: orderId, binding_id: bindingId, use_account: true,
  });
  const stale = await reasonOf(
    wallet.call('PaymentService', 'Pay', { ...payment(orderId, bindingId, quote), cash_due_fen: '1' }),
  );
  const request = payment(orderId, bindingId, quote);
  const held = await wallet.call('PaymentService', 'Pay', request);
  const again = await wallet.call('PaymentService', 'Pay', request);
  const receipt = { receipt_no: id(), amount_fen: held.order.cash.cash_to_collect_fen, paid_at_ms: nowMs() };
  const paid = await wallet.call('PaymentService', 'ConfirmCash', {
    request_id: id(), order_id: orderId, cash_receipt: receipt,
  });
  const read = await wallet.call('PaymentService', 'GetOrder', { order_id: orderId });
  const forbidden = await reasonOf(wallet.call('PaymentService', 'CreateOrder', { request_id: id() }));
  const refund = await hospital.call('PaymentService', 'Refund', {
    request_id: id(), order_id: orderId, refund_no: `R-${id()}`, kind: 'REFUND_KIND_ALL', reason: 'wrong bill',
  });
  const returned = await wallet.call('PaymentService', 'ConfirmCashRefund', {
    request_id: id(), refund_id: refund.refund.refund_id, amount_fen: refund.refund.cash_to_return_fen,
    channel_refund_no: `W-${id()}`, refunded_at_ms: nowMs(),
  });
  console.log(JSON.stringify({
    binding: state, total_fen: read.order.natures.total_fen, pooled_fen: read.order.split.pooled_fen,
    deductible_fen: read.order.split.deductible_fen, account_fen: read.order.split.account_fen,
    cash_fen: read.order.split.cash_fen, held: held.status,
    replayed: again.replayed, paid: paid.status, state: read.order.state, channel_sees_lines: read.detail !== null,
    line_count: created.detail.lines.length, stale, forbidden, refund: returned.refund.state,
    refunded: returned.order.state,
  }));
}

main()
  .catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  .finally(() => {
    wallet.close();
    hospital.close();
  });
