"""What kind a voice is and how it feels, suggested with a confidence: offline, without training, and learning from each
correction. Pure functions; who stores what stands in `understand.services.suggestions`.

    model = learn(KIND, texts, labels)      # what members sorted; may be empty
    model.guess(["It crashes"])             # → [Guess("bug", 0.93)]

A text becomes two groups of numbers: turns of phrase with weights we set by hand (`cues`), and its words and pairs of
words, hashed, which start at nothing. Multinomial logistic regression then moves both as far as the examples call for
(seed sentences of ours, and what members sorted): the penalty is on the distance from the hand-set weights, so a
workspace without examples has those, and one with many has its own. A confidence is a probability made honest by one
temperature: fixed by hand for the start, found by cross-validation once there are enough examples.
"""

from __future__ import annotations

from .features import FEELING, KIND, Task
from .learning import FLOOR, Guess, Model, learn

__all__ = ["FEELING", "FLOOR", "KIND", "Guess", "Model", "Task", "learn"]
