"""Golden numbers of scikit-learn's logistic regression for packages/eval/src/linear/scikit-learn.test.ts.

    pip install scikit-learn==1.9.1
    python interop/python/logistic_regression.py > packages/eval/src/linear/testing/scikit-learn.json

scikit-learn minimises C * sum(cross-entropy) + |weight|^2 / 2; with C = 1 / (count * decay) that is count / decay times
mean cross-entropy + decay / 2 * |weight|^2.
"""

import json

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

TRAIN, TEST, DIM, CLASSES = 240, 1000, 8, 4


def draw(random, count, centres):
    """Overlapping classes of unequal size with correlated features; three decimals, so that the file holds what was fitted."""
    labels = random.choice(CLASSES, count, p=[0.4, 0.3, 0.2, 0.1])
    noise = random.normal(size=(count, DIM))
    noise[:, 1] += 0.9 * noise[:, 0]
    return np.round(centres[labels] + noise, 3), labels


def main():
    random = np.random.default_rng(6)
    centres = random.normal(scale=0.8, size=(CLASSES, DIM))
    train, train_labels = draw(random, TRAIN, centres)
    test, test_labels = draw(random, TEST, centres)
    fits = []
    for decay in [1, 0.1, 0.01, 1e-3, 1e-4]:
        model = LogisticRegression(C=1 / (TRAIN * decay), tol=1e-10, max_iter=100_000)
        model.fit(train.astype(np.float64), train_labels)
        loss = log_loss(train_labels, model.predict_proba(train))
        fits.append(
            {
                "weightDecay": decay,
                "trainLoss": loss,
                "objective": loss + decay / 2 * float((model.coef_**2).sum()),
                "testLoss": log_loss(test_labels, model.predict_proba(test)),
                "testAccuracy": model.score(test, test_labels),
            }
        )
    document = {
        "scikit-learn": sklearn.__version__,
        "dim": DIM,
        "classes": CLASSES,
        "train": {"features": train.ravel().tolist(), "labels": train_labels.tolist()},
        "test": {"features": test.ravel().tolist(), "labels": test_labels.tolist()},
        "fits": fits,
    }
    print(json.dumps(document, separators=(",", ":")))


main()
