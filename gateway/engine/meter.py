"""What the engine tells about itself, a batch at a time."""

from gateway.engine.batch import Batch, Item


class Meter:
    """Hears what becomes of batches, on the pipeline's thread where nothing else is said. This one keeps nothing."""

    def committed(self, batch: Batch) -> None:
        """It is durable; its works may have their answers already."""

    def undone(self, items: list[Item], error: BaseException | None) -> None:
        """It was forgotten, because of its own error or (None) of that of the batch it stood on."""

    def delivered(self, batch: Batch) -> None:
        """Its works have their answers. Called on the event loop."""
