"""Templates and items to render."""

from dataclasses import replace

from perturb import Form, Item, Template

QA = Template(
    name="qa/test",
    answer_type="short",
    question="Q: {question}",
    answer="A:",
    answer_cot="A: Let's think step by step.",
    instruction="Answer.",
    instruction_cot='Think, then finish with "The answer is".',
)
CHOICE = Template(
    name="choice/test",
    answer_type="choice",
    question="Q: {question}\n{options}",
    answer="A:",
    answer_cot="A: Let's think.",
    labels=("A", "B", "C"),
    gold="({label}) {text}",
)
EXAM = replace(CHOICE, name="exam/test", answer_type="exam", gold="{label}", blank="= {text}")
WORD = Template("word/test", "word", "{question}", "", turn="", instruction="Go on.")
ITALY = Item(
    "it", "What is the capital of Italy?", ("Rome", "Roma"), solution="Italy's capital is on the Tiber."
)
SPAIN = Item("es", "What is the capital of Spain?", ("Madrid",), solution="It lies in the middle.")
PERU = Item("pe", "What is the capital of Peru?", ("Lima",))
SUN = Item(
    "sun", "What is the sun?", ("a star",), choices=("a planet", "a star"), gold=1, solution="It shines."
)
MOON = Item("moon", "What is the moon?", ("a moon",), choices=("a moon", "a star", "a comet"), gold=0)
PRIMES = Item(
    "primes", "Which are primes?", ("2", "5"), choices=("2", "4", "5"), golds=(0, 2), solution="Divide."
)
SUM = Item("sum", "1 + 1 = __", ("2", "two"), solution="Count.")
FOX = Item("fox", "Who jumps?", ("a fox",), passage="A fox jumps over a dog.")
FORMS: tuple[Form, ...] = ("completion", "chat")
