"""The services that probes, grpcurl and debuggers expect of any gRPC server."""

import asyncio

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from gateway.bootstrap import running
from gateway.config import Config


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_health_reflection_and_channelz_answer_without_a_token(front: str) -> None:
    config = Config(listen="127.0.0.1:0", front=front, store="memory:", outbox="/dev/null")

    async def whole() -> None:
        async with running(config) as gateway, grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
            health = health_pb2_grpc.HealthStub(channel)
            for service in ("", "medsettle.v1.PaymentService"):
                answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
            reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
            asked = [
                reflection_pb2.ServerReflectionRequest(list_services=""),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol="medsettle.v1.PaymentService"),
            ]
            answers = [answer async for answer in reflection.ServerReflectionInfo(iter(asked))]
            services = {service.name for service in answers[0].list_services_response.service}
            assert {f"medsettle.v1.{name}Service" for name in ("Binding", "Payment", "Operator")} <= services
            file = FileDescriptorProto.FromString(answers[1].file_descriptor_response.file_descriptor_proto[0])
            assert file.name == "medsettle/v1/payment_service.proto"
            channelz = channelz_pb2_grpc.ChannelzStub(channel)
            assert len((await channelz.GetServers(channelz_pb2.GetServersRequest())).server) >= 1

    asyncio.run(whole())
