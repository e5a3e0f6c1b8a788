import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.grading.equivalence import AlgebraError, Worker, check, equivalent
from experiments.grading.expression import expression_equal, expression_exact
from experiments.grading.latex import LONGEST, Group, Value, forms
from experiments.grading.same import same
from experiments.grading.units import unit_of
from perturb import Item, Message, Prompt

ANSWER = Prompt("Q: ?\nA:")
WORKED = Prompt("Q: ?\nA:", cue="The answer is")
CHAT = Prompt(None, messages=(Message("user", "?"),))
MINERVA = Prompt("?", cue="Final Answer: The final answer is")
CHINESE = Prompt("?", cue="所以答案是")
HALF = Item("x", "?", (r"\frac{1}{2}",))

BY_WRITING = [
    (r"\frac{1}{2}", "0.5"),
    (r"\frac12", "1/2"),
    (r"\dfrac{3}{4}", r"\frac34"),
    (r"\tfrac{3}{4}", r"$\frac{3}{4}$"),
    (r"\frac{1}{2}", ".5"),
    (r"-\frac{3}{2}", r"\frac{-3}{2}"),
    (r"1\frac12", r"\frac32"),
    (r"1\frac{1}{2}", "1 1/2"),
    ("2.50", "2.5"),
    ("2", "2.0"),
    ("1,234", "1234"),
    ("1{,}234", "1,234"),
    (r"14,\!400", "14400"),
    (r"10\,000", "10000"),
    ("10 000", "10000"),
    ("111,222,333", "111, 222, 333"),
    (r"65\%", "65"),
    (r"65\%", "65%"),
    (r"50\%", "0.5"),
    ("0.14", r"14\%"),
    ("x=5", "5"),
    ("5", "x = 5."),
    ("5", "2+3 = 5"),
    ("k=15", "k = 15"),
    ("y=2x+3", "2x+3"),
    ("f(x)=2x", "2x"),
    ("(x,y)=(1,2)", "(1,2)"),
    ("[2,5)", r"x\in[2,5)"),
    (r"\text{Alice}", "Alice"),
    (r"\text{(A)}", "A"),
    (r"\text{A}", "(A)"),
    (r"\text{odd}", "odd."),
    (r"\text{Saturday}", "saturday"),
    (r"9\text{ a.m.}", "9 a.m."),
    (r"\text{1:03 PM}", "1:03 p.m."),
    (r"18\text{ ways}", "18"),
    ("12", "12 apples"),
    (r"5\text{ inches}", "5 in"),
    (r"440\text{ cm}^2", r"440\text{ square centimeters}"),
    (r"\$ 25", "25"),
    (r"\$25", "25 dollars"),
    (r"45^\circ", "45"),
    (r"45^{\circ}", "45 degrees"),
    (r"45^\circ", "45°"),
    (r"27^\circ, 63^\circ", "27, 63"),
    (r"\sqrt{2}", r"\sqrt2"),
    (r"\sqrt{2}", "sqrt(2)"),
    (r"2\pi", "2π"),
    ("x^{2}", "x^2"),
    ("x^{10}", "x^10"),
    (r"\infty", "infinity"),
    (r"\left[0, \infty\right)", "[0,∞)"),
    ("1,2", "2,1"),
    ("1,2", r"1 \text{ and } 2"),
    ("1,2", r"\{2,1\}"),
    ("1,2", "x=1, x=2"),
    ("3,5,7", "3, 5, and 7"),
    (r"1\pm\sqrt{5}", r"1+\sqrt5, 1-\sqrt5"),
    (r"\{1\pm\sqrt{5},-2\}", r"-2, 1-\sqrt5, 1+\sqrt5"),
    (r"\left(\frac12, 3\right)", "(0.5,3)"),
    (r"(-\infty,2)\cup(3,4)", r"(3,4)\cup(-\infty,2)"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{bmatrix}1\\2\end{bmatrix}"),
    (
        r"\begin{pmatrix} 1/2 & 0 \\ 0 & 1 \end{pmatrix}",
        r"\begin{pmatrix} \frac12 & 0 \\ 0 & 1 \end{pmatrix}",
    ),
    ("1011_2", "1011_{2}"),
    ("1011_2", "1011"),
    (r"1-5\mathrm{i}", "1-5i"),
    (r"\textcircled{1}\textcircled{3}", "①③"),
    (r"\overline{CD}", r"\overline{CD}"),
]
BY_ALGEBRA = [
    (r"\frac{\sqrt2}{2}", r"\frac{1}{\sqrt{2}}"),
    (r"2\sqrt{3}", r"\sqrt{12}"),
    ("x^2+2x+1", "(x+1)^2"),
    ("(x+1)(x-1)", "x^2-1"),
    (r"\pi/2", r"\frac{\pi}{2}"),
    (r"\frac{3}{4}\pi", r"\frac{3\pi}{4}"),
    ("y=2x+3", "y = 3+2x"),
    ("2x+y+1=0", "y=-2x-1"),
    ("p+q-r", "q + p - r"),
    ("3+2i", "2i+3"),
    (r"3i\sqrt{2}", r"3\sqrt{2}i"),
    ("5!", "120"),
    (r"\binom{5}{2}", "10"),
    (r"\log_2 8", "3"),
    ("10^{3}", "1000"),
    (r"6.02\times10^{23}", "602000000000000000000000"),
    (r"\sin^2 x", r"(\sin x)^2"),
    (r"(-\infty,2]", r"x\le 2"),
    ("[-2,7]", r"-2 \le x \le 7"),
    ("x<2", "2>x"),
    (r"\sqrt{2},-\sqrt{2}", r"\frac{2}{\sqrt{2}}, -\sqrt{2}"),
    (r"(1,\sqrt{8})", r"(1,2\sqrt{2})"),
]
DIFFERENT = [
    (r"\frac{1}{3}", "0.333333"),
    (r"\pi", "3.141593"),
    ("e", "2.718281828"),
    ("12", "1,2"),
    ("1,2", "12"),
    ("12", "1 2"),
    ("1,234", "1.234"),
    ("100", "1{,}00"),
    ("(1,2)", "(2,1)"),
    ("(1,2)", "1,2"),
    ("1,2", "(1,2)"),
    ("(1,2)", r"\{1,2\}"),
    ("(1,2)", "[1,2]"),
    ("[1,2)", "(1,2]"),
    ("[1,2)", "[1,2]"),
    ("1,2", "1,2,3"),
    ("1,1,2", "1,2,2"),
    (r"\{1,2\},\{3,4\}", r"\{1,3\},\{2,4\}"),
    ("x=1", "y=1"),
    ("x=1", "x=2"),
    ("5", "x+y=5"),
    ("x+y=5", "5"),
    (r"5\text{ cm}", r"5\text{ m}"),
    (r"9\text{ a.m.}", r"9\text{ p.m.}"),
    (r"\$5", "5 cents"),
    ("1011_2", "1011_3"),
    ("5", "5_{10}"),
    ("11", "1011_2"),
    ("24_5", "14"),
    ("A", "B"),
    ("a", "A"),
    ("R^2", "r^2"),
    (r"\text{odd}", r"\text{even}"),
    ("abc", "cab"),
    ("2^{-70}", "2^{-71}"),
    ("10^{-100}", "10^{-101}"),
    ("0.0000001", "0.0000002"),
    ("1.000000000001", "1"),
    ("10000000000000001", "10000000000000000"),
    (r"\frac{1}{2}", r"\frac{2}{1}"),
    ("3", "-3"),
    ("3", r"\pm 3"),
    (r"1+\sqrt5", r"1\pm\sqrt{5}"),
    ("x^2", "x_2"),
    ("x^{10}", "x^{1}0"),
    (r"\sqrt{2}", "2"),
    (r"\sqrt[3]{8}", r"\sqrt{8}"),
    (r"\cos 40^\circ", r"\cos 40"),
    (r"(-\infty,2]\cup[3,4]", r"(-\infty,2]"),
    ("x>1", r"x\ge 1"),
    (r"(-\infty,2)", r"x\le 2"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix} 1 & 2 \end{pmatrix}"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix} 2 \\ 1 \end{pmatrix}"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", "(1,2)"),
    (r"50\%", "5"),
    (r"50\%", "0.05"),
    ("2", "2xyz"),
    ("2", "2x"),
    (r"2\frac{x}{3}", r"2+\frac{x}{3}"),
    (r"3\frac12", r"\frac32"),
    (r"\text{June 20}", r"\text{June 2}"),
    ("10:3", "103"),
    ("i", "1"),
    ("5", ""),
]


@pytest.mark.parametrize(("gold", "written"), BY_WRITING)
def test_the_same_by_writing(gold: str, written: str):
    assert same(gold, written)


@pytest.mark.parametrize(("gold", "written"), BY_ALGEBRA)
def test_the_same_by_algebra(gold: str, written: str):
    assert same(gold, written, equivalent)
    assert not same(gold, written)


@pytest.mark.parametrize(("gold", "written"), DIFFERENT)
def test_different(gold: str, written: str):
    assert not same(gold, written, equivalent)


def test_lists_may_have_an_order():
    assert same("5;10", "5, 10", ordered=True)
    assert not same("5;10", "10, 5", ordered=True)


def test_forms():
    assert forms(r"$x = 3\text{ cm}$") == (Value("3", "x", "cm"),)
    one, two = Value("1"), Value("2")
    assert forms("(1, 2]") == (Group("(]", (one, two)),)
    assert forms("100,200") == (Group(",", (Value("100"), Value("200"))), Value("100200"))
    assert forms("") == forms(" . ") == forms("x" * (LONGEST + 1)) == ()


@pytest.mark.parametrize(
    ("text", "unit"),
    [("cm", "cm"), ("Square feet", "foot"), ("sq. m", "m"), ("p.m.", "pm"), ("apples", ""), ("", "")],
)
def test_units(text: str, unit: str):
    assert unit_of(text) == unit


@pytest.mark.parametrize(
    ("text", "prompt", "extracted"),
    [
        (r"So $x=\boxed{\frac{1}{2}}$.", WORKED, r"\frac{1}{2}"),
        (r"\boxed{1} is wrong. Rather $\boxed{ \frac{1}{2} }$", ANSWER, r"\frac{1}{2}"),
        (
            r"\[\boxed{\left\{x \mid x > \frac{1}{2}\right\}}\]",
            CHAT,
            r"\left\{x \mid x > \frac{1}{2}\right\}",
        ),
        (r"\fbox{5}", WORKED, "5"),
        (r"\boxed 5$", WORKED, "5"),
        (r"The answer is \boxed{\frac{1}{2}", WORKED, r"\frac{1}{2}"),
        ("It is 3.\nThe answer is $5$.", WORKED, "5"),
        ("The answer is $x = 5$ since $y = 3$.", WORKED, "x = 5"),
        ("The answer is $5$ and $7$.", WORKED, "5 and 7"),
        (r"The answer is -$\frac{1}{2}$.", WORKED, r"-\frac{1}{2}"),
        ("The answer is $f(2)$, which is $5$", WORKED, "f(2)"),
        ("The answer is: $f(2)$ is $5$", WORKED, "5"),
        (r"The answer is \(5\).", WORKED, "5"),
        (r"The answer is \[5\]", WORKED, "5"),
        ("The answer is 5 cm. It is long.", WORKED, "5 cm"),
        ("The answer is .5.", WORKED, ".5"),
        ("The answer is 2.5.", WORKED, "2.5"),
        ("The answer is x + 1 because y is 2.", WORKED, "x + 1"),
        ("Final Answer: The final answer is $5$. I hope it is correct.", MINERVA, "5"),
        ("所以答案是 $5$。", CHINESE, "5"),
        ("所以答案是5，因为x是2。", CHINESE, "5"),
        ("答案：5和7。", CHINESE, "5和7"),
        (" 5", ANSWER, "5"),
        (" $5$\nQ: 7", ANSWER, "5"),
        (" Answer: x = 5", ANSWER, "x = 5"),
        (" The area is 5.", ANSWER, "5"),
        (" The roots of $x^2=4$ are $2$ and $-2$.", ANSWER, "2, -2"),
        ("We add.\nThe answer is $5$.", CHAT, "5"),
        ("", ANSWER, ""),
        (r"\boxed{}", ANSWER, ""),
    ],
)
def test_where_an_expression_stands(text: str, prompt: Prompt, extracted: str):
    for read in (expression_exact, expression_equal):
        assert (read(text, HALF, prompt).extracted or "") == extracted


@pytest.mark.parametrize(
    ("text", "extracted"),
    [
        ("So $x = 3$.\nHence $x + 1 = 4$.", "x + 1 = 4"),
        ("We add.\nThe sum is 4.", "4"),
        ("We add.\nx is 3 and y = 4", "3 and y = 4"),
    ],
)
def test_only_the_lenient_one_reads_the_last_line_of_a_solution(text: str, extracted: str):
    assert expression_exact(text, HALF, WORKED).extracted is None
    assert expression_equal(text, HALF, WORKED).extracted == extracted


def test_boxes_in_a_row():
    both, last = Item("x", "?", ("-2, 1",)), Item("x", "?", ("1",))
    text = r"So $x = \boxed{-2}$ or $x = \boxed{1}$."
    assert expression_exact(text, both, WORKED).correct
    assert expression_exact(text, last, WORKED).correct  # as all who take the last box
    assert not expression_exact(
        r"First \boxed{-2}, and then by the rule above \boxed{1}.", both, WORKED
    ).correct


def test_the_strict_one_uses_no_algebra():
    text = r"The answer is $\frac{2}{\sqrt{16}}$."
    assert not expression_exact(text, HALF, WORKED).correct
    assert expression_equal(text, HALF, WORKED).correct


def test_any_reference_will_do():
    item = Item("x", "?", ("1", "2"))
    assert expression_exact(" 2", item, ANSWER).correct
    assert not expression_equal(" 3", item, ANSWER).correct


def test_an_open_box_may_have_been_cut():
    reading = expression_exact(r"Thus \boxed{\frac{1}{", HALF, WORKED)
    assert (reading.open, reading.correct, reading.signed) == (True, False, True)
    assert not expression_exact(r"Thus \boxed{\frac{1}{2}}", HALF, WORKED).open


EVERYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
MATHS = st.text(alphabet="\\boxed{}$frac12 xy^_()[],.=%;&-piqrtme\n", max_size=40)


@given(text=EVERYTHING | MATHS, worked=st.booleans())
def test_any_text_is_read_without_error(text: str, worked: bool):
    reading = expression_exact(text, HALF, WORKED if worked else CHAT)
    assert reading.extracted is None or reading.extracted


def empty(form: Value | Group) -> bool:
    return not form.text if isinstance(form, Value) else any(map(empty, form.parts))


@given(text=EVERYTHING | MATHS)
def test_what_can_be_read_is_the_same_as_itself(text: str):
    assert same(text, text) == (not all(map(empty, forms(text))))


@settings(max_examples=30, deadline=None)
@given(text=MATHS, worked=st.booleans())
def test_lenient_accepts_all_that_strict_does(text: str, worked: bool):
    prompt = WORKED if worked else ANSWER
    item = Item("x", "?", ("1", "x^2"))
    assert expression_equal(text, item, prompt).correct >= expression_exact(text, item, prompt).correct


@pytest.mark.parametrize(
    "text",
    [
        r"\boxed{" + "{" * 100_000 + "}" * 100_000 + "}",
        r"\boxed{" * 100_000,
        r"\boxed{1} and " * 50_000,
        r"\boxed{" + "1," * 900 + "}",
        "$" * 300_000,
        r"\(" * 150_000,
        "\0" * 300_000,
        "\ud800" * 300_000,
        "answer" + " " * 300_000 + "x",
    ],
)
def test_hostile_texts_take_no_time(text: str):
    start = time.process_time()
    for prompt in (ANSWER, WORKED, CHAT):
        assert not expression_exact(text, HALF, prompt).correct
    assert time.process_time() - start < 20


def test_a_comparison_that_never_ends_is_given_up(caplog: pytest.LogCaptureFixture):
    worker = Worker(seconds=1)
    try:
        assert worker.ask("x+1", "1+x")
        assert not worker.ask("9^{9^{9^{9}}}", "5")
        assert "given up" in caplog.text
        assert worker.ask("x+1", "1+x")  # by a new process
        assert not worker.ask(r"\frac{" * 300, "1")
        assert not worker.ask("(" * 400, "1")
        assert worker.ask("2", "1+1")
    finally:
        worker.close()


def test_a_process_that_does_not_start():
    with pytest.raises(AlgebraError, match=r"computer algebra does not start; to see why: .*algebra\.py"):
        Worker(memory=2**20).ask("1", "1")


def test_computer_algebra_runs_here():
    check()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_a_worker_of_its_own():
    worker = Worker()
    try:
        assert worker.ask("a+b", "b+a")
        child = os.fork()
        if not child:
            right = False
            try:
                right = worker.ask("a+c", "c+a") and not worker.ask("a+c", "c-a")
                worker.close()
            finally:
                os._exit(0 if right else 1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert worker.ask("a+d", "d+a")
    finally:
        worker.close()
