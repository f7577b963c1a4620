"""The rpcs: fields checked, a work handed to the pipeline, a response made of its outcome."""
