"""The network: a BERT encoder whose premise does not see the hypothesis.

Tokens of the premise (token type 0) attend to the premise alone, tokens of the
hypothesis (token type 1) to everything of their own pair. The answer for a pair
is therefore the same whether the pair stands alone, as in inference, or shares
a row with other hypotheses about the same premise, as in training: there a
review is encoded once for all its hypotheses, which makes a pair about three
times cheaper.
"""
import hashlib
import pathlib

import torch
from torch import nn
from transformers import AutoConfig, BertModel

LABELS = ["contradiction", "neutral", "entailment"]
CONTRADICTION, NEUTRAL, ENTAILMENT = range(3)

# model.safetensors of sentence-transformers/all-MiniLM-L6-v2.
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def check_base(base):
    """Return the directory of all-MiniLM-L6-v2 below `base`, its weights verified.

    A directory of vocabulary.py holds no such weights and is returned as it is.
    """
    if (pathlib.Path(base) / "checkpoint.pt").exists():
        return pathlib.Path(base)
    for weights in sorted(pathlib.Path(base).rglob("model.safetensors")):
        if hashlib.sha256(weights.read_bytes()).hexdigest() == BASE_SHA256:
            return weights.parent
    raise SystemExit(f"{base} holds no model.safetensors of all-MiniLM-L6-v2 (SHA-256 {BASE_SHA256})")


def mean(states, member):
    """Average states [B,S,H] over the tokens of each group, member [B,G,S] → [B,G,H]."""
    return member @ states / member.sum(-1, keepdim=True).clamp(min=1)


class Net(nn.Module):
    """Encoder, the pair's head, and heads on the premise that only training uses."""

    def __init__(self, base, tasks=()):
        """`base`: what check_base returned; `tasks`: classes of each auxiliary head.

        The weights are the base model's, or random where a checkpoint is to be loaded.
        """
        super().__init__()
        config = AutoConfig.from_pretrained(base, attention_probs_dropout_prob=0.0, attn_implementation="sdpa")
        if (base / "model.safetensors").exists():
            self.encoder = BertModel.from_pretrained(base, config=config, add_pooling_layer=False)
        else:
            self.encoder = BertModel(config, add_pooling_layer=False)
        width = config.hidden_size
        self.mix = nn.Linear(3 * width, width)
        self.out = nn.Linear(width, len(LABELS))
        self.tasks = nn.ModuleList(nn.Linear(width, n) for n in tasks)
        self.dropout = nn.Dropout(0.1)

    def judge(self, premise, hypothesis):
        """Logits [B,G,3] of hypotheses [B,G,H] about premises [B,1,H]."""
        premise = premise.expand_as(hypothesis)
        both = torch.cat([premise, hypothesis, premise * hypothesis * 8], -1)
        return self.out(self.dropout(nn.functional.gelu(self.mix(self.dropout(both)))))

    def forward(self, ids, group, position):
        """Training: ids, group, position int64 [B,S].

        group is 0 for the premise, g for its g-th hypothesis, -1 for padding.
        Returns logits [B,G,3] of hypotheses 1 to G, and those of each auxiliary head.
        """
        key, query = group.unsqueeze(1), group.unsqueeze(2)
        sees = (key == 0) | (key == query) & (key > 0)
        states = self.encoder(
            input_ids=ids, position_ids=position, token_type_ids=(group > 0).long(), attention_mask=sees.float()
        ).last_hidden_state
        groups = torch.arange(int(group.max()) + 1, device=ids.device).view(1, -1, 1)
        pooled = mean(states, (key == groups).to(states.dtype))
        premise, hypotheses = pooled[:, :1], pooled[:, 1:]
        return self.judge(premise, hypotheses), [task(self.dropout(premise[:, 0])) for task in self.tasks]


class Pairs(nn.Module):
    """The network as it is exported: one pair a row, the inputs of any BERT."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        net.encoder.set_attn_implementation("eager")  # which is traced without detours

    def forward(self, input_ids, attention_mask, token_type_ids):
        """int64 [B,S] each → logits [B,3]."""
        second = (attention_mask * token_type_ids).unsqueeze(1).float()
        first = attention_mask.unsqueeze(1) - second
        sees = first + second * token_type_ids.unsqueeze(2)
        states = self.net.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=sees
        ).last_hidden_state
        return self.net.judge(mean(states, first), mean(states, second))[:, 0]
