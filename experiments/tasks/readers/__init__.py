"""How the rows of each data set become items: one pure function a column layout.

Every reader takes a row, the id an item gets where its row has none, and the subject that the row's file or
configuration is of (empty where there is none); it gives the items of that row, mostly one. The columns are
those of the data set on the hub; copies that hold the same rows otherwise are read as well, where they exist.
"""

from collections.abc import Callable, Iterable, Mapping

from experiments.tasks.readers import choice, code, continuing, exam, maths, reading, reasoning, short
from experiments.tasks.readers.row import Row as Row
from experiments.tasks.readers.row import RowError as RowError
from experiments.tasks.readers.row import SkipRow as SkipRow
from perturb.item import Item

READERS: Mapping[str, Callable[[Row, str, str], Iterable[Item]]] = {
    "ai2_arc": choice.ai2_arc,
    "agieval": exam.agieval,
    "agieval_exemplars": exam.agieval_exemplars,
    "bbh": reasoning.bbh,
    "bbh_exemplars": reasoning.bbh_exemplars,
    "ceval": exam.ceval,
    "drop": reading.drop,
    "gsm8k": maths.gsm8k,
    "hellaswag": choice.hellaswag,
    "humaneval": code.humaneval,
    "lambada": continuing.lambada,
    "math": maths.math,
    "mbpp": code.mbpp,
    "mgsm": maths.mgsm,
    "mmlu": choice.mmlu,
    "nq_open": short.nq_open,
    "race": reading.race,
    "real_toxicity_prompts": continuing.real_toxicity_prompts,
    "trivia_qa": short.trivia_qa,
    "truthful_qa": choice.truthful_qa,
    "truthful_qa_exemplars": choice.truthful_qa_exemplars,
    "tydiqa": reading.tydiqa,
    "tydiqa_exemplars": reading.tydiqa_exemplars,
    "web_questions": short.web_questions,
    "winogrande": choice.winogrande,
}
"""The readers, by their names in the configuration (`experiments.schema.Reader`)."""
