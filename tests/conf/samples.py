"""The templates of the configuration, and items of every answer type to fill them with."""

from pathlib import Path
from typing import Any, cast, get_args

from omegaconf import OmegaConf

import conf
from experiments import schema
from perturb import Form, Item, Prompt, Template

CONF = Path(conf.__file__).parent
FILES = sorted((CONF / "template").glob("*/**/*.yaml"))
NAMES = [path.relative_to(CONF / "template").with_suffix("").as_posix() for path in FILES]
KINDS = {  # folder: answer type
    "qa": "short",
    "number": "number",
    "expression": "expression",
    "choice": "choice",
    "exam": "exam",
    "exact": "exact",
    "span": "span",
    "word": "word",
    "code": "code",
    "text": "text",
}
DEFAULTS = (  # what tasks are aligned with
    "qa/q_a",
    "number/q_a",
    "number/native",
    "expression/problem",
    "choice/q_a",
    "choice/for_task/subject",
    "choice/for_task/sentence",
    "choice/for_task/blank",
    "choice/for_task/passage",
    "choice/zh/q_a",
    "exam/q_a",
    "exam/zh/q_a",
    "exact/topic",
    "span/passage",
    "span/q_a",
    "word/continue",
    "code/complete/plain",
    "code/task/plain",
    "text/continue",
)
FORMS: tuple[Form, ...] = get_args(Form)
STRICT = {"short": "short_exact", "number": "number_last", "choice": "choice_letter"}
CHOICES = ("a tree", "a bird", "a stone", "a fish")
WHY = "It has a beak."
PREFIX = 'def {name}(x: int) -> int:\n    """Returns {name} of x.\n\n    >>> {name}(1)\n    2\n    """\n'
BODY = (
    "    # Twice is once more.\n    def again(y):\n        return x + y\n\n"
    "    if x:\n        return again(x)\n    return 0\n"
)
PROGRAM = (
    "import math\n\n\nclass Pair:\n    pass\n\n\n# Helps.\ndef half(x):\n"
    '    """Halves."""\n    return x / 2\n\n\nif math.pi > 3:\n    def twice(x):\n        return 4 * half(x)'
)


def single(name: str, question: str, choices: tuple[str, ...], gold: int, **others: Any) -> Item:
    return Item(
        name, question, (choices[gold],), choices=choices, gold=gold, solution=WHY, topic="birds", **others
    )


def plain(name: str, question: str, *answers: str, **others: Any) -> Item:
    return Item(name, question, answers, solution=WHY, topic="birds", **others)


# Of each answer type two exemplars, then what is asked.
ITEMS = {
    "short": [
        plain("s0", "Who was first?", "Ann", "Anna"),
        plain("s1", "Where is it?", "St. Ives, in Cornwall"),
        plain("s2", "What is {it}?", "U.S.", "America"),
        plain("s3", "When was it?", "1,066"),
    ],
    "number": [
        plain("s0", "How many birds?", "7"),
        plain("s1", "¿Cuántas aves?", "1200"),
        plain("s2", "How cold is {it}?", "-3.5"),
        plain("s3", "有多少只鸟？", "18"),
    ],
    "expression": [
        plain("s0", "Simplify $2x/4$.", "\\frac{x}{2}"),
        plain("s1", "Which numbers?", "(3,4]"),
        plain("s2", "What is $2^{it}$?", "8"),
    ],
    "choice": [
        single("s0", "What sings?", CHOICES, 1),
        single("s1", "What swims?", CHOICES, 3),
        single("s2", "What is {it}?", CHOICES, 0),
        single("s3", "What flies _ it?", ("to", "over"), 1, passage="One flew over it.\n\nAnother did not."),
        single("s4", "Which?", tuple(f"answer number {n}" for n in range(13)), 12),
    ],
    "exam": [
        single("s0", "What sings?", CHOICES, 1),
        Item("s1", "Which grow?", CHOICES[:2], choices=CHOICES, golds=(0, 1), solution=WHY),
        plain("s2", "{it} + 1 = ____", "$3$"),
        single("s3", "Where?", ("here", "there"), 1, passage="It is there."),
    ],
    "exact": [
        plain("s0", "not ( True ) is", "False"),
        plain("s1", "Which?\nOptions:\n(A) this\n(B) that", "(B)"),
        plain("s2", "Sort {it}: b a", "a b"),
    ],
    "span": [
        plain("s0", "Who jumps?", "a fox", passage="A fox jumps over a dog."),
        plain("s1", "¿Quién?", "Velázquez"),
        plain("s2", "What is {it}?", "28", "28 yards", passage="{it} is 28 yards."),
    ],
    "word": [
        plain("s0", "He took the bus and left his bag on the", "bus"),
        plain("s1", '"No need."\n\n"I can make it alone,', "Shane"),
        plain("s2", "{it} was the", "end"),
    ],
    "text": [plain("s0", "The day was", "fine."), plain("s1", "She said", "no."), Item("s2", "{it} was", ())],
}
COMPLETED = [plain(name, PREFIX.replace("{name}", name), BODY) for name in ("one", "two", "it")]
PROGRAMMED = [
    plain(name, f"Write {name} in {{it}}.\nassert {name}(1) == 2\nassert {name}(2) == 4", PROGRAM)
    for name in ("one", "two", "it")
]


def load(name: str) -> Template:
    structured = OmegaConf.structured(schema.TemplateConfig)
    merged = OmegaConf.merge(structured, OmegaConf.load(CONF / "template" / f"{name}.yaml"))
    config = cast(schema.TemplateConfig, OmegaConf.to_object(merged))
    values: dict[str, Any] = vars(config) | {
        "answer_type": config.answer_type.value,
        "labels": tuple(config.labels),
        "stop": tuple(config.stop),
    }
    return Template(**values)


def items(template: Template) -> list[Item]:
    if template.answer_type != "code":
        return ITEMS[template.answer_type]
    return COMPLETED if "\ndef" in template.stop else PROGRAMMED


def modes(template: Template) -> list[bool]:
    return [False, True] if template.answer_cot else [False]


def whole(prompt: Prompt) -> str:
    return prompt.text or "\n".join(message.content for message in prompt.messages)
