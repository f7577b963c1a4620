"""The bugs that are planted: what each breaks, the exact text that it replaces, and the tests that are asked first.

A text that is no longer there exactly once is a failing test: the entry is then to be brought in step with the code,
never to be dropped because it is in the way.
"""

from tests.planted.catalogue import CATALOGUE
from tests.planted.entry import LIFE, Bug, Edit
from tests.planted.explain import EXPLAINING
from tests.planted.family import FAMILY
from tests.planted.money import MONEY
from tests.planted.plans import PAYERS_AFTER
from tests.planted.policies import POLICIES
from tests.planted.refunds import REFUNDS
from tests.planted.risk import RISK

ENGINE = ("tests/integration/test_overlap.py", "tests/contract/test_reasons.py", "tests/integration/payments")
CLIENT = ("tests/unit/client", "tests/e2e/test_client.py")
KILL = ("tests/faults/test_faults.py::test_nothing_acknowledged_is_lost_or_doubled[kill]",)
DISK = tuple(
    f"tests/faults/test_faults.py::test_nothing_acknowledged_is_lost_or_doubled[{name}]"
    for name in ("sync", "write", "enospc")
)

PIPELINE, BATCH, WORK = "gateway/engine/pipeline.py", "gateway/engine/batch.py", "gateway/engine/work.py"
STORE, CONNECTION = "gateway/stores/sqlite_store.py", "gateway/stores/sqlite_connection.py"

DURABILITY = (
    Bug(
        "acknowledge-before-commit",
        "the batch is answered, and committed when the next one begins",
        (
            Edit(
                STORE,
                '        self._db.execute("COMMIT")\n        self._commits_in_log',
                "        self._commits_in_log",
            ),
            Edit(
                STORE,
                '        self._db.execute("BEGIN IMMEDIATE")\n        self._changes_before',
                '        if self._db.in_transaction:\n            self._db.execute("COMMIT")\n'
                '        self._db.execute("BEGIN IMMEDIATE")\n        self._changes_before',
            ),
        ),
        KILL,
    ),
    Bug(
        "log-not-synced",
        "a commit is acknowledged once it is written, whether it is on the disk or not",
        (Edit(CONNECTION, "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),),
        KILL,
    ),
    Bug(
        "retry-after-failed-sync",
        "a failed write or sync is taken for a batch that can be tried again",
        (Edit(CONNECTION, '_BROKEN = ("SQLITE_IOERR", ', "_BROKEN = ("),),
        DISK,
    ),
    Bug(
        "broken-store-goes-on",
        "after a failed sync the works are refused, and the process goes on",
        (
            Edit(
                PIPELINE,
                "        if isinstance(batch.error, StoreBroken):\n            raise batch.error\n",
                "",
            ),
        ),
        DISK,
    ),
    Bug(
        "full-disk-is-the-end",
        "a full disk ends the process, as if it were a broken one",
        (
            Edit(
                CONNECTION,
                'if name == "SQLITE_FULL":\n                raise StoreFull',
                'if name == "SQLITE_FULL":\n                raise StoreBroken',
            ),
        ),
        ("tests/integration/test_full_disk.py", "tests/contract/test_reasons.py", *DISK),
    ),
    Bug(
        "full-disk-is-forgotten",
        "a batch that the disk had no room for is answered as if it had been kept",
        (
            Edit(
                PIPELINE,
                "            batch.error = error\n        finally:",
                "            batch.error = error\n            if isinstance(error, StoreFull):\n"
                "                self._loop.call_soon_threadsafe(self._deliver, batch.items, False)\n        finally:",
            ),
        ),
        ("tests/integration/test_full_disk.py", *DISK),
    ),
    Bug(
        "no-rollback",
        "a batch that failed half way stays open, and the next one commits it too",
        (
            Edit(
                STORE,
                '        if self._db.in_transaction:\n            self._db.execute("ROLLBACK")\n\n    @context',
                "\n    @context",
            ),
            Edit(
                STORE,
                '        self._db.execute("BEGIN IMMEDIATE")\n        self._changes_before',
                '        if not self._db.in_transaction:\n            self._db.execute("BEGIN IMMEDIATE")\n'
                "        self._changes_before",
            ),
        ),
        ("tests/contract/test_stores.py", *ENGINE),
    ),
    Bug(
        "two-owners",
        "two gateways may write one file, each from its own memory (nearest to a version check: one writer needs none)",
        (Edit(STORE, "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)", "os.fstat(descriptor)"),),
        ("tests/contract/test_stores.py", "tests/e2e/test_start.py"),
    ),
)

ONCE = (
    Bug(
        "request-row-lost",
        "of a batch of several works the last one's request id is not kept",
        (
            Edit(
                BATCH,
                "item.answer is None and item.work.keeps_request:",
                "item.answer is None and item.work.keeps_request and item not in self._live[1:][-1:]:",
            ),
        ),
        (*ENGINE, *KILL),
    ),
    Bug(
        "request-rows-after-the-commit",
        "request ids are kept by a commit of their own, after that of what they did",
        (
            Edit(
                STORE,
                '        self._many(\n            "INSERT INTO requests',
                '        self.commit()\n        self.begin()\n        self._many(\n            "INSERT INTO requests',
            ),
        ),
        (*ENGINE, *KILL),
    ),
    Bug(
        "request-ids-not-locked",
        "two copies of a request in one batch are two requests",
        (
            Edit(
                WORK,
                "self._all_locks = self.locks if self.key is None else self.locks | {self.key.request_key}",
                "self._all_locks = self.locks",
            ),
        ),
        (*ENGINE, *LIFE),
    ),
    Bug(
        "request-id-reused",
        "another request under a known id is answered with the first one's answer",
        (Edit(BATCH, "if item.work.key.fields == event.request_fields:", "if event.request_fields:"),),
        ("tests/integration/payments/test_requests.py",),
    ),
    Bug(
        "numbers-not-locked",
        "two payments with one receipt may share a batch",
        (
            Edit(
                "gateway/works/payments.py",
                '{("receipt", asker.party_key, receipt.receipt_no), ("cash", order)}',
                "set()",
            ),
        ),
        ("tests/integration/payments", "tests/integration/test_overlap.py", "tests/integration/test_life.py"),
    ),
    Bug(
        "double-refund",
        "what a refund gave back to the account is given back again by the next one",
        (
            Edit(
                "core/refunds.pyx",
                "    order.refunded_account_current_fen = back.account_current_fen\n",
                "    order.refunded_account_current_fen = 0\n",
            ),
        ),
        LIFE,
    ),
    Bug(
        "new-id-for-a-retry",
        "the client asks again under another request_id (threads, single payments and calls)",
        (
            Edit(
                "gateway/client/sync.py",
                "        rpc, error, began_s = self._connections.rpc(method), None, time.perf_counter()\n",
                "        rpc, error, began_s = self._connections.rpc(method), None, time.perf_counter()\n"
                '        if hasattr(request, "request_id") and not method.startswith("Binding"):\n'
                "            fresh = type(request).FromString(request.SerializeToString())\n"
                "            fresh.request_id += str(time.monotonic_ns() % 1000)\n"
                "            request = fresh\n",
            ),
        ),
        (*CLIENT, *KILL),
    ),
    Bug(
        "new-id-for-a-joined-retry",
        "the client's joined payments are asked again under another request_id",
        (
            Edit(
                "gateway/client/aio.py",
                "return await self._persist(lambda timeout_s: self._joiner.pay(request, timeout_s), deadline_s)",
                "return await self._persist(lambda timeout_s: self._joiner.pay(pb.PayRequest.FromString("
                'request.SerializeToString() + b"\\x0a\\x05" + str(time.monotonic_ns())[-5:].encode()), timeout_s),'
                " deadline_s)",
            ),
        ),
        CLIENT,
    ),
    Bug(
        "answers-in-another-order",
        "the payments of a BatchPay get one another's answers",
        (
            Edit(
                PIPELINE,
                "return [answers[index] for index in range(len(works))]",
                "return [answers[index] for index in reversed(range(len(works)))]",
            ),
        ),
        ("tests/integration/payments/test_batch_pay.py",),
    ),
)

MEMORY = (
    Bug(
        "kept-though-it-did-not-commit",
        "batch n+1 is kept though n, on which it stands, did not commit",
        (
            Edit(
                PIPELINE,
                "        if not self._land():  # what the batch stood on is gone, and it with that\n"
                "            self._tell(lambda: self._meter.undone(items, None))\n"
                "            self._process([item.anew() for item in items])\n            return\n",
                "        self._land()\n",
            ),
        ),
        ENGINE,
    ),
    Bug(
        "cache-ahead-of-the-store",
        "accounts keep what a batch did to them though it did not commit",
        (Edit("core/books.pyx", "            self.accounts.drop(person_id)\n", "            pass\n"),),
        (*LIFE, *ENGINE),
    ),
    Bug(
        "undo-forgets-an-account",
        "an undo passes over the accounts of the batch that was on its way",
        (
            Edit(
                "core/books.pyx",
                "for person_id in self.committing_persons | self.changed_persons:",
                "for person_id in self.changed_persons:",
            ),
        ),
        (*LIFE, *ENGINE),
    ),
    Bug(
        "undo-forgets-an-order",
        "an undo passes over the orders of the batch in hand",
        (
            Edit(
                "core/books.pyx",
                "for order_id in self.committing_orders | self.changed_orders:",
                "for order_id in self.committing_orders:",
            ),
        ),
        (*LIFE, *ENGINE),
    ),
    Bug(
        "reads-too-early",
        "a work that reads what the batch on its way writes does not wait for it",
        (
            Edit(
                PIPELINE,
                "self._ledger.must_rest or not all(item.work.may_overlap for item in items):\n            self._land()",
                "self._ledger.must_rest:\n            self._land()",
            ),
        ),
        (*ENGINE, "tests/integration/test_windows.py"),
    ),
    Bug(
        "deadline-not-checked",
        "a work whose caller has gone is done when its turn comes",
        (
            Edit(
                BATCH,
                "if item.work.deadline is not None and item.work.deadline <= self.now_s:",
                "if item.work.deadline is not None and item.work.deadline <= self.now_s - 3600:",
            ),
        ),
        ENGINE,
    ),
    Bug(
        "time-goes-back",
        "a clock that is set back gives a batch an earlier time than the one before",
        (
            Edit(
                PIPELINE,
                "self._now_ms = max(self._now_ms, self._clock.now_ms())",
                "self._now_ms = self._clock.now_ms()",
            ),
        ),
        (*ENGINE, *LIFE),
    ),
    Bug(
        "limiter-leaks",
        "a call that takes one place keeps it for good (native front)",
        (
            Edit(
                "gateway/fronts/native_front.py",
                "        if weight:\n            self._limiter.release(weight)\n",
                "        if weight > 1:\n            self._limiter.release(weight)\n",
            ),
        ),
        ("tests/contract/test_limits.py",),
    ),
    Bug(
        "limiter-leaks-refusals",
        "a refused call keeps its place in the limiter (grpcio front)",
        (
            Edit(
                "gateway/fronts/grpcio_front.py",
                "                return response\n            finally:\n                limiter.release(weight)\n",
                "                limiter.release(weight)\n                return response\n",
            ),
        ),
        ("tests/contract/test_limits.py",),
    ),
)

BUGS = (
    *DURABILITY,
    *ONCE,
    *MEMORY,
    *MONEY,
    *POLICIES,
    *CATALOGUE,
    *REFUNDS,
    *PAYERS_AFTER,
    *EXPLAINING,
    *FAMILY,
    *RISK,
)
