"""The client library: every rpc of medsettle.v1 with retries, and payments that join into BatchPay by themselves.

    AsyncMedSettleClient    for asyncio (aio.py)
    MedSettleClient         for threads, and for gevent after grpc.experimental.gevent.init_gevent() (sync.py)
    MedSettleError          the one exception: what the gateway refused, or what kept a call from being answered
    Payment                 what became of a payment
    Retry                   how often and how long a call is asked again

docs/client.md shows both at work.
"""

from gateway.client.aio import AsyncMedSettleClient
from gateway.client.calls import Observer
from gateway.client.errors import MedSettleError
from gateway.client.payments import Payment
from gateway.client.retries import Retry
from gateway.client.sync import MedSettleClient

__all__ = ["AsyncMedSettleClient", "MedSettleClient", "MedSettleError", "Observer", "Payment", "Retry"]
