"""What an exercise is, and the words for the mistakes that many exercises share."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

KINDS = {
    "nothing": "your function returns None; does it end with `return`?",
    "type": "your answer has another type than the one asked for.",
    "not-finite": "your answer holds NaN or infinity where every value is finite.",
    "shape": "your answer has another shape than the one asked for.",
    "changed-input": "your function changes the array it was given; work on a copy.",
    "swapped-axes": "the numbers are right, but two axes are swapped (rows are y, columns are x).",
    "swapped-order": "the parts of your answer are right, but in another order.",
    "reversed": "the numbers are right, but run in the opposite direction along one axis.",
    "off-by-one": "your answer is off by one: look at where counting starts and where it ends.",
    "normalisation": "your answer is right up to a factor: look at what you divide by.",
    "offset": "your answer is right up to a constant that is added everywhere.",
    "sign": "your answer has the wrong sign.",
    "truncation": "your answer is cut off instead of rounded: use np.rint before the integers.",
    "wraparound": "bytes wrap around: 3 - 5 is 254 in uint8. Turn them into float or int first.",
    "bit-order": "the bits are right, but in another order: bit p must weigh 2**p.",
    "inverted-bits": "every bit is the opposite of what it should be: look at the comparison.",
    "constant": "your answer does not depend on what the function is given.",
    "wrong": "that is not it yet.",
}


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    number : for ``mer check exercise-N``; it never changes
    solution : its docstring is the question
    probes : makes the arguments the answer is tried on, one tuple a call
    wrong : kind of mistake -> a function that makes it; its answers are recognised
    spot : (arguments, answer, expected) -> kind of a mistake, or None, where a function is not
        enough to recognise it
    accept : (arguments, answer) -> is it right; None compares with the solution's
    hints : kind -> this exercise's own words for it
    level : 1 to 3
    """

    number: int
    solution: Callable
    probes: Callable[[], list[tuple]]
    wrong: Mapping[str, Callable] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    spot: Callable[[tuple, object, object], str | None] | None = None
    accept: Callable[[tuple, object], bool] | None = None
    level: int = 1
    tolerance: float = 1e-6

    @property
    def name(self) -> str:
        return self.solution.__name__.replace("_", "-")

    @property
    def chapter(self) -> str:
        """The chapter's name without its number."""
        return self.solution.__module__.rpartition(".")[2]

    @property
    def title(self) -> str:
        return inspect.getdoc(self.solution).partition("\n")[0].rstrip(".")

    @property
    def question(self) -> str:
        """What is asked, as Markdown, without the title."""
        return inspect.getdoc(self.solution).partition("\n")[2].strip()

    @property
    def signature(self) -> str:
        said = str(inspect.signature(self.solution)).replace("numpy.", "np.")
        return f"def {self.solution.__name__}{said}:"

    @property
    def answer(self) -> str:
        """The solution's source with its imports, without its docstring."""
        source = textwrap.dedent(inspect.getsource(self.solution))
        head, _, rest = source.partition('"""')
        body = rest.partition('"""')[2].lstrip("\n")
        code = f"{head.rstrip()}\n{body.rstrip()}\n"
        used = {"itertools": "import itertools", "math": "import math", "np": "import numpy as np"}
        imports = [line for name, line in used.items() if f"{name}." in code]
        return "\n".join([*imports, *["", ""][: 2 * bool(imports)], code])

    @property
    def start(self) -> str:
        """A file to begin with: the question, and a function that is still empty."""
        question = textwrap.indent(inspect.getdoc(self.solution), "    ").strip()
        return (
            f"# exercise-{self.number} ({self.name}); try it with: mer check {self.name}\n"
            "import numpy as np\n\n\n"
            f'{self.signature}\n    """{question}\n    """\n    raise NotImplementedError\n'
        )

    def message(self, kind: str) -> str:
        return self.hints.get(kind, KINDS.get(kind, KINDS["wrong"]))
