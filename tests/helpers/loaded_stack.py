"""What a run of train_adapter.py or merge_adapter.py loads late, loaded early: for the process that the tests' runs are forked from."""

import gc

import bitsandbytes  # noqa: F401
import peft  # noqa: F401
import torch.utils.tensorboard  # noqa: F401
import transformers.integrations.bitsandbytes
import transformers.models.llama.modeling_llama
import transformers.quantizers.quantizer_bnb_4bit  # noqa: F401

gc.freeze()  # what is here stays: no run goes through it again for garbage
