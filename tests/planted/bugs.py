"""The bugs that are planted: what each breaks, the exact text that it replaces, and the tests that are asked first.

A text that is no longer there exactly once is a failing test: the entry is then to be brought in step with the code,
never to be dropped because it is in the way.
"""

from typing import NamedTuple


class Edit(NamedTuple):
    """One text in one file, and what takes its place."""

    file: str
    old: str
    new: str


class Bug(NamedTuple):
    """One bug.

    Attributes:
        name: for the command line.
        what: it does, for people.
        edits: that plant it.
        tests: asked first; when they find nothing, the whole suite is asked.
    """

    name: str
    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


ENGINE = ("tests/integration/test_overlap.py", "tests/contract/test_reasons.py", "tests/integration/payments")
LIFE = ("tests/unit/core/test_ledger.py", "tests/integration/test_life.py", "tests/integration/test_windows.py")
EDGES = ("tests/integration/payments/test_edges.py",)
CLIENT = ("tests/unit/client", "tests/e2e/test_client.py")
KILL = ("tests/faults/test_faults.py::test_nothing_acknowledged_is_lost_or_doubled[kill]",)
DISK = tuple(
    f"tests/faults/test_faults.py::test_nothing_acknowledged_is_lost_or_doubled[{name}]"
    for name in ("sync", "write", "enospc")
)
VERIFY = ("tests/integration/test_verify.py",)

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
                "            for item in self._live\n            if item.work.key is not None\n",
                "            for item in (self._live[:-1] or self._live)\n            if item.work.key is not None\n",
            ),
        ),
        (*ENGINE, *KILL),
    ),
    Bug(
        "request-rows-after-the-commit",
        "request ids are kept by a commit of their own, after that of what they did",
        (
            Edit(
                BATCH,
                "        self._write_requests(store)\n        for item",
                "        store.commit()\n        store.begin()\n        self._write_requests(store)\n        for item",
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
                "return self.locks if self.key is None else self.locks | {self.key.request_key}",
                "return self.locks",
            ),
        ),
        (*ENGINE, *LIFE),
    ),
    Bug(
        "request-id-reused",
        "another request under a known id is answered with the first one's answer",
        (Edit(BATCH, "if item.work.key.fields == row.fields:", "if row.fields:"),),
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
        "a refunded order is refunded again",
        (
            Edit(
                "core/ledger.pyx",
                "        if order.state == ORDER_REFUNDED:\n            return refused(ORDER_ALREADY_REFUNDED)\n"
                "        if order.state != ORDER_PAID:\n",
                "        if order.state != ORDER_PAID and order.state != ORDER_REFUNDED:\n",
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
                "if item.work.deadline is not None and item.work.deadline <= now:",
                "if item.work.deadline is not None and item.work.deadline <= now - 3600:",
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
    # A limiter's entry (a place in flight that a refused, expired or cancelled call does not give back) belongs here.
)

MONEY = (
    Bug(
        "cents-lost-in-a-refund",
        "a refund of a mixed purse gives back a fen less",
        (
            Edit(
                "core/pricing.pyx",
                "    account.prior_years_fen += order.account_prior_fen\n    if order.kind",
                "    account.prior_years_fen += order.account_prior_fen - (order.account_prior_fen > 0)\n"
                "    if order.kind",
            ),
        ),
        EDGES,
    ),
    Bug(
        "deductible-not-given-back",
        "a refund leaves the deductible used",
        (Edit("core/pricing.pyx", "    used.deductible_used_fen -= order.deductible_fen\n", ""),),
        LIFE,
    ),
    Bug(
        "hold-not-released",
        "a confirmation posts the payment and leaves the money held as well",
        (
            Edit(
                "core/ledger.pyx",
                "            after.held_fen -= order.account_current_fen + order.account_prior_fen\n"
                "            return self.post(command, paid, &after)",
                "            return self.post(command, paid, &after)",
            ),
        ),
        LIFE,
    ),
    Bug(
        "quote-not-compared",
        "a payment goes through at another split than its patient saw",
        (
            Edit(
                "core/ledger.pyx",
                "        if priced.quote_digest != command.quote_digest or priced.cash_fen != command.cash_due_fen:\n",
                "        if priced.cash_fen != command.cash_due_fen:\n",
            ),
        ),
        ("tests/integration/payments", *LIFE),
    ),
    Bug(
        "cash-not-compared",
        "a confirmation takes any amount of cash",
        (
            Edit(
                "core/ledger.pyx",
                "            if command.receipt_fen != order.cash_to_collect_fen:\n"
                "                return refused(CASH_AMOUNT_MISMATCH)\n            # After",
                "            # After",
            ),
        ),
        ("tests/integration/payments", *LIFE),
    ),
    Bug(
        "expired-by-a-millisecond",
        "an order can be paid in the millisecond in which it expires",
        (
            Edit(
                "core/ledger.pyx",
                "            return why_not_open(order)\n        if command.now_ms >= order.expires_at_ms:\n",
                "            return why_not_open(order)\n        if command.now_ms > order.expires_at_ms:\n",
            ),
        ),
        EDGES,
    ),
    Bug(
        "refund-in-the-payments-window",
        "a refund is stamped with the window of its payment, which may be closed",
        (
            Edit(
                "core/ledger.pyx",
                "order.refund_window = self.windows.get(order.institution_id, 1)",
                "order.refund_window = order.paid_window",
            ),
        ),
        LIFE,
    ),
    Bug(
        "rounded-down",
        "a payer's benefit is rounded down and not half-up",
        (
            Edit(
                "core/split.pyx",
                "split.assistance_fen = half_up_ppm(personal",
                "split.assistance_fen = half_up_ppm(-500_000 + personal",
            ),
        ),
        ("tests/unit/split",),
    ),
    Bug(
        "refund-posted-the-wrong-way",
        "the journal's entries of a refund have the payment's sign",
        (
            Edit(
                "gateway/postings.py",
                "Entry(entry.credit, entry.debit, entry.amount_fen) for entry",
                "Entry(entry.debit, entry.credit, entry.amount_fen) for entry",
            ),
        ),
        VERIFY,
    ),
    Bug(
        "credit-posted-the-wrong-way",
        "the journal's entries of a credit have their sign flipped",
        (
            Edit(
                "gateway/postings.py",
                "person_account(person_id), amount_fen)])\n\n\ndef entries_of_payment",
                "person_account(person_id), -amount_fen)])\n\n\ndef entries_of_payment",
            ),
        ),
        VERIFY,
    ),
    Bug(
        "binding-not-looked-at",
        "a user who was unbound can still pay",
        (
            Edit(
                "gateway/works/payments.py",
                "0 if binding.state == enums_pb2.BINDING_STATE_ACTIVE else Reason.BINDING_NOT_ACTIVE",
                "0",
            ),
        ),
        ("tests/integration/payments", "tests/integration/test_bindings.py", *LIFE),
    ),
)

BUGS = (*DURABILITY, *ONCE, *MEMORY, *MONEY)
