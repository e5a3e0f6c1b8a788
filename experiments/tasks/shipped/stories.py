"""The stories of arithmetic_mini: word problems with their numbers left open."""

from collections.abc import Mapping
from dataclasses import dataclass

_TOYS = (("marble", "marbles"), ("sticker", "stickers"), ("toy car", "toy cars"), ("shell", "shells"))
_GOODS = (("notebook", "notebooks"), ("mug", "mugs"), ("candle", "candles"), ("ball", "balls"))
_CAKES = (("muffin", "muffins"), ("cookie", "cookies"), ("bread roll", "bread rolls"), ("bun", "buns"))
_FRUIT = (("apple", "apples"), ("pear", "pears"), ("plum", "plums"), ("lemon", "lemons"))


@dataclass(frozen=True, slots=True)
class Story:
    """A word problem with its numbers left open.

    Texts hold placeholders in braces: a number's name; in the solution, a step's result (it becomes the
    step written out, "4 * 6 = 24"); {name} and {other}, two people; {he}, {him}, {his}, {He} and {His},
    pronouns for the first of them; {thing} and {things}, one of `things`.

    Attributes:
        name: Unique.
        draws: The values that each given number may take, all of them 2 or more, so that plurals fit.
        steps: One step each, "result = left operator right"; an operand is a given number, the result of an
            earlier step, or a whole number that the question implies (7 days in a week).
        question: Ends with the question asked.
        solution: One sentence a step, in order; the last step's result is the answer.
        things: Singular and plural of the things the story may be about.
    """

    name: str
    draws: Mapping[str, range]
    steps: tuple[str, ...]
    question: str
    solution: str
    things: tuple[tuple[str, str], ...] = (("", ""),)


STORIES = (
    # One step.
    Story(
        "price",
        {"count": range(3, 10), "price": range(2, 13)},
        ("cost = count * price",),
        "{name} buys {count} {things} for {price} dollars each. How many dollars does {he} pay?",
        "Each {thing} costs {price} dollars, so {count} {things} cost {cost} dollars.",
        _GOODS,
    ),
    Story(
        "sharing",
        {"total": range(12, 73), "friends": range(3, 9)},
        ("each = total / friends",),
        "{name} shares {total} {things} equally among {friends} friends. "
        "How many {things} does each friend get?",
        "The {total} {things} go to {friends} friends, so each friend gets {each} {things}.",
        _TOYS,
    ),
    Story(
        "pages left",
        {"pages": range(80, 321, 4), "read": range(20, 200)},
        ("left = pages - read",),
        "{name} is reading a book of {pages} pages. So far {he} has read {read} pages. "
        "How many pages are left?",
        "Of the {pages} pages {he} has read {read}, so {left} pages are left.",
    ),
    Story(
        "train ride",
        {"speed": range(60, 151, 10), "hours": range(2, 8)},
        ("distance = speed * hours",),
        "A train travels {speed} kilometres every hour. How many kilometres does it travel in {hours} hours?",
        "The train travels {speed} kilometres an hour, so in {hours} hours it travels {distance} kilometres.",
    ),
    Story(
        "grandmother",
        {"age": range(6, 16), "gap": range(48, 62)},
        ("older = age + gap",),
        "{name} is {age} years old. {His} grandmother is {gap} years older. How old is {his} grandmother?",
        "The grandmother is {gap} years older than {name}, so she is {older} years old.",
    ),
    Story(
        "warming up",
        {"low": range(3, 15), "rise": range(4, 15)},
        ("noon = low + rise",),
        "At six in the morning it is {low} degrees outside. By noon it is {rise} degrees warmer. "
        "How many degrees is it at noon?",
        "The temperature rises from {low} degrees by {rise} degrees, so at noon it is {noon} degrees.",
    ),
    Story(
        "saving",
        {"amount": range(3, 16), "weeks": range(4, 13)},
        ("saved = amount * weeks",),
        "{name} saves {amount} dollars every week. How many dollars does {he} save in {weeks} weeks?",
        "{He} saves {amount} dollars a week, so in {weeks} weeks {he} saves {saved} dollars.",
    ),
    Story(
        "trays",
        {"trays": range(2, 9), "each": range(6, 16)},
        ("baked = trays * each",),
        "{name} bakes {trays} trays of {things}, with {each} {things} on each tray. "
        "How many {things} does {he} bake?",
        "Each tray holds {each} {things}, so {trays} trays hold {baked} {things}.",
        _CAKES,
    ),
    Story(
        "fence panels",
        {"panels": range(6, 25), "width": range(2, 4)},
        ("length = panels * width",),
        "A straight fence is made of {panels} panels side by side. Each panel is {width} metres wide. "
        "How many metres long is the fence?",
        "Each panel is {width} metres wide, so {panels} panels make a fence of {length} metres.",
    ),
    Story(
        "bus stop",
        {"riders": range(18, 49), "leavers": range(3, 18)},
        ("left = riders - leavers",),
        "There are {riders} passengers on a bus. At the next stop {leavers} of them get off and nobody "
        "gets on. How many passengers are still on the bus?",
        "Of the {riders} passengers {leavers} get off, so {left} passengers are still on the bus.",
    ),
    Story(
        "gift",
        {"had": range(8, 60), "more": range(5, 30)},
        ("now = had + more",),
        "{name} has {had} {things}. {other} gives {him} {more} more. How many {things} does {name} have now?",
        "{name} starts with {had} {things} and gets {more} more, so now {he} has {now} {things}.",
        _TOYS,
    ),
    Story(
        "ribbon",
        {"length": range(30, 181, 6), "pieces": range(3, 11)},
        ("piece = length / pieces",),
        "{name} cuts a ribbon of {length} centimetres into {pieces} equal pieces. "
        "How many centimetres long is each piece?",
        "The {length} centimetres are cut into {pieces} equal pieces, so each is {piece} centimetres long.",
    ),
    Story(
        "comparing",
        {"mine": range(25, 90), "theirs": range(10, 60)},
        ("more = mine - theirs",),
        "{name} has collected {mine} {things} and {other} has collected {theirs}. "
        "How many more {things} has {name} collected than {other}?",
        "{name} has {mine} {things} and {other} has {theirs}, so {name} has {more} {things} more.",
        _TOYS,
    ),
    Story(
        "egg boxes",
        {"eggs": range(36, 181, 12), "size": range(6, 13, 2)},
        ("boxes = eggs / size",),
        "A farmer packs {eggs} eggs into boxes that hold {size} eggs each. "
        "How many boxes does the farmer fill?",
        "Each box takes {size} of the {eggs} eggs, so the farmer fills {boxes} boxes.",
    ),
    Story(
        "pouring",
        {"full": range(750, 2001, 250), "poured": range(100, 700, 50)},
        ("left = full - poured",),
        "A jug holds {full} millilitres of juice. {name} pours {poured} millilitres into glasses. "
        "How many millilitres of juice are left in the jug?",
        "From the {full} millilitres {name} pours out {poured}, so {left} millilitres are left.",
    ),
    Story(
        "picking",
        {"mine": range(6, 26), "times": range(3, 7)},
        ("theirs = mine * times",),
        "{name} picks {mine} {things}. {other} picks {times} times as many. "
        "How many {things} does {other} pick?",
        "{other} picks {times} times as many as {name}, which is {theirs} {things}.",
        _FRUIT,
    ),
    # Two steps.
    Story(
        "change",
        {"count": range(3, 9), "price": range(2, 10), "paid": range(20, 101, 10)},
        ("cost = count * price", "change = paid - cost"),
        "{name} buys {count} {things} for {price} dollars each and pays with {paid} dollars. "
        "How many dollars does {he} get back?",
        "Each {thing} costs {price} dollars, so {count} {things} cost {cost} dollars. "
        "{name} pays with {paid} dollars, so {he} gets back {change} dollars.",
        _GOODS,
    ),
    Story(
        "daily pages",
        {"pages": range(120, 321, 10), "daily": range(10, 31), "days": range(3, 9)},
        ("read = daily * days", "left = pages - read"),
        "A book has {pages} pages. {name} reads {daily} pages a day for {days} days. "
        "How many pages does {he} still have to read?",
        "In {days} days {name} reads {read} pages. The book has {pages} pages, so {left} pages are left.",
    ),
    Story(
        "together",
        {"mine": range(8, 40), "more": range(3, 20)},
        ("theirs = mine + more", "both = mine + theirs"),
        "{name} picks {mine} {things}. {other} picks {more} more than {name}. "
        "How many {things} do they pick together?",
        "{other} picks {theirs} {things}. Together they pick {both} {things}.",
        _FRUIT,
    ),
    Story(
        "father",
        {"age": range(8, 13), "times": range(3, 5)},
        ("father = age * times", "gap = father - age"),
        "{name} is {age} years old. {His} father is {times} times as old. "
        "How many years older than {name} is {his} father?",
        "The father is {father} years old. That is {gap} years older than {name}.",
    ),
    Story(
        "garden",
        {"length": range(12, 31), "width": range(5, 12)},
        ("half = length + width", "round = 2 * half"),
        "A rectangular garden is {length} metres long and {width} metres wide. "
        "How many metres of fence does it take to go all the way round it?",
        "One long side and one short side measure {half} metres. "
        "The garden has two of each, so the fence takes {round} metres.",
    ),
    Story(
        "bicycle",
        {"price": range(120, 251, 10), "have": range(20, 101, 5), "weekly": range(10, 26, 5)},
        ("missing = price - have", "weeks = missing / weekly"),
        "{name} wants to buy a bicycle for {price} dollars. {He} has {have} dollars and saves {weekly} "
        "dollars a week. How many weeks does it take until {he} has enough?",
        "{name} still needs {missing} dollars. At {weekly} dollars a week that takes {weeks} weeks.",
    ),
    Story(
        "pencils",
        {"boxes": range(3, 11), "each": range(6, 25, 2), "pupils": range(6, 31)},
        ("total = boxes * each", "share = total / pupils"),
        "A teacher shares {boxes} boxes of {each} pencils equally among {pupils} pupils. "
        "How many pencils does each pupil get?",
        "Each box holds {each} pencils, so {boxes} boxes hold {total} pencils. "
        "Shared among {pupils} pupils, that is {share} pencils each.",
    ),
    Story(
        "cooling down",
        {"noon": range(15, 33), "fall": range(2, 4), "hours": range(2, 8)},
        ("drop = fall * hours", "evening = noon - drop"),
        "At noon it is {noon} degrees. After that it gets {fall} degrees colder every hour. "
        "How many degrees is it {hours} hours later?",
        "In {hours} hours the temperature falls by {drop} degrees. So it is {evening} degrees then.",
    ),
    Story(
        "swimming",
        {"pool": range(20, 51, 5), "laps": range(6, 21), "days": range(2, 7)},
        ("daily = pool * laps", "total = daily * days"),
        "A pool is {pool} metres long. {name} swims its length {laps} times a day. "
        "How many metres does {he} swim in {days} days?",
        "In a day {name} swims {daily} metres. In {days} days {he} swims {total} metres.",
    ),
    Story(
        "game",
        {"first": range(20, 61), "fewer": range(3, 16)},
        ("second = first - fewer", "total = first + second"),
        "A team scores {first} points in the first half of a game and {fewer} points fewer in the second "
        "half. How many points does it score in the whole game?",
        "In the second half the team scores {second} points. In the whole game it scores {total} points.",
    ),
    # Three steps.
    Story(
        "zoo tickets",
        {"adults": range(2, 7), "adult": range(12, 21), "children": range(3, 11), "child": range(5, 11)},
        ("grown = adults * adult", "young = children * child", "total = grown + young"),
        "A zoo ticket costs {adult} dollars for an adult and {child} dollars for a child. "
        "How many dollars do tickets for {adults} adults and {children} children cost?",
        "The adults' tickets cost {grown} dollars. The children's tickets cost {young} dollars. "
        "Together that is {total} dollars.",
    ),
    Story(
        "lemonade",
        {"cups": range(15, 61), "price": range(2, 5), "spent": range(10, 31)},
        ("income = cups * price", "profit = income - spent", "share = profit / 2"),
        "{name} and {other} sell {cups} cups of lemonade for {price} dollars each. They spent {spent} "
        "dollars on lemons and sugar. They share the profit equally. How many dollars does each of them get?",
        "The {cups} cups bring in {income} dollars. Less what was spent, the profit is {profit} dollars. "
        "Each of the two gets {share} dollars.",
    ),
    Story(
        "road trip",
        {"town": range(30, 61, 10), "slow": range(2, 5), "motorway": range(80, 121, 10), "fast": range(2, 6)},
        ("before = town * slow", "after = motorway * fast", "total = before + after"),
        "{name} drives for {slow} hours at {town} kilometres an hour and then for {fast} hours at {motorway} "
        "kilometres an hour. How many kilometres does {he} drive in all?",
        "In the first {slow} hours {name} drives {before} kilometres. "
        "In the next {fast} hours {he} drives {after} kilometres. In all that is {total} kilometres.",
    ),
    Story(
        "wages",
        {"rate": range(9, 21), "hours": range(3, 8), "days": range(2, 6), "spent": range(30, 121, 5)},
        ("time = hours * days", "earned = time * rate", "left = earned - spent"),
        "{name} earns {rate} dollars an hour and works {hours} hours on each of {days} days. "
        "Then {he} spends {spent} dollars on clothes. How many of the dollars {he} earned are left?",
        "{name} works {time} hours. For this {he} earns {earned} dollars. "
        "After buying the clothes {he} has {left} dollars left.",
    ),
    Story(
        "orchard",
        {"rows": range(4, 11), "trees": range(5, 13), "yield": range(10, 31, 5), "crate": range(8, 26)},
        ("planted = rows * trees", "harvest = planted * yield", "crates = harvest / crate"),
        "An orchard has {rows} rows of {trees} trees. Each tree gives {yield} kilograms of {things}. "
        "How many crates of {crate} kilograms does the harvest fill?",
        "There are {planted} trees. They give {harvest} kilograms of {things}. That fills {crates} crates.",
        _FRUIT,
    ),
    Story(
        "pizza party",
        {"guests": range(8, 33), "each": range(2, 5), "slices": range(6, 13, 2), "price": range(9, 16)},
        ("eaten = guests * each", "pizzas = eaten / slices", "cost = pizzas * price"),
        "At a party each of {guests} guests eats {each} slices of pizza, and nothing is left over. "
        "Each pizza has {slices} slices and costs {price} dollars. How many dollars did the pizzas cost?",
        "The guests eat {eaten} slices. That is {pizzas} pizzas. They cost {cost} dollars.",
    ),
    Story(
        "practice",
        {"weekday": range(15, 46, 5), "weekend": range(30, 91, 10)},
        ("week = 5 * weekday", "rest = 2 * weekend", "total = week + rest"),
        "{name} practises the piano for {weekday} minutes on each of the five days from Monday to Friday, "
        "and for {weekend} minutes on each of the two days of the weekend. "
        "How many minutes is that in a week?",
        "From Monday to Friday {name} practises for {week} minutes. "
        "At the weekend {he} practises for {rest} minutes. In the whole week that is {total} minutes.",
    ),
    # Four steps.
    Story(
        "two kinds",
        {
            "pens": range(3, 9),
            "pen": range(2, 5),
            "books": range(2, 6),
            "book": range(6, 13),
            "paid": range(50, 101, 50),
        },
        ("ink = pens * pen", "paper = books * book", "cost = ink + paper", "change = paid - cost"),
        "{name} buys {pens} pens for {pen} dollars each and {books} books for {book} dollars each. "
        "{He} pays with {paid} dollars. How many dollars does {he} get back?",
        "The pens cost {ink} dollars. The books cost {paper} dollars. Together they cost {cost} dollars. "
        "So {name} gets back {change} dollars.",
    ),
    Story(
        "summer job",
        {
            "rate": range(8, 16),
            "hours": range(5, 16),
            "spend": range(10, 51, 5),
            "weeks": range(3, 9),
            "had": range(25, 201, 25),
        },
        ("weekly = rate * hours", "kept = weekly - spend", "saved = kept * weeks", "total = had + saved"),
        "{name} has {had} dollars in the bank. In a summer job {he} earns {rate} dollars an hour and works "
        "{hours} hours a week. Each week {he} spends {spend} dollars and puts the rest in the bank. "
        "How many dollars does {he} have in the bank after {weeks} weeks?",
        "In a week {name} earns {weekly} dollars. Of these {he} keeps {kept} dollars. "
        "In {weeks} weeks {he} puts {saved} dollars in the bank. With what was there before, "
        "{he} has {total} dollars.",
    ),
    Story(
        "bags",
        {
            "trays": range(4, 11),
            "each": range(9, 21),
            "eaten": range(5, 30),
            "size": range(4, 9),
            "price": range(3, 8),
        },
        ("baked = trays * each", "left = baked - eaten", "bags = left / size", "income = bags * price"),
        "A bakery bakes {trays} trays of {each} {things}. The staff eat {eaten} of them. The rest go into "
        "bags of {size}, and every bag is sold for {price} dollars. How many dollars do the bags bring in?",
        "The trays hold {baked} {things}. After the staff have eaten, {left} {things} are left. "
        "They fill {bags} bags. The bags bring in {income} dollars.",
        _CAKES,
    ),
    Story(
        "school trip",
        {
            "classes": range(3, 9),
            "pupils": range(20, 31),
            "adults": range(4, 25),
            "seats": range(30, 61, 5),
            "fare": range(150, 401, 50),
        },
        (
            "young = classes * pupils",
            "people = young + adults",
            "buses = people / seats",
            "cost = buses * fare",
        ),
        "A school takes {classes} classes of {pupils} pupils and {adults} adults on a trip. They fill every "
        "seat of their buses. Each bus has {seats} seats and costs {fare} dollars. "
        "How many dollars do the buses cost?",
        "The classes have {young} pupils. With the adults there are {people} people. "
        "They fill {buses} buses. The buses cost {cost} dollars.",
    ),
    Story(
        "milk",
        {"cows": range(4, 16), "litres": range(15, 31), "kept": range(20, 101, 10), "price": range(2, 4)},
        ("daily = cows * litres", "weekly = 7 * daily", "sold = weekly - kept", "income = sold * price"),
        "Each of a farmer's {cows} cows gives {litres} litres of milk a day. Every week the farmer keeps "
        "{kept} litres and sells the rest for {price} dollars a litre. "
        "How many dollars does the farmer get for the milk in a week?",
        "In a day the cows give {daily} litres. In the 7 days of a week they give {weekly} litres. "
        "Of these {sold} litres are sold. For them the farmer gets {income} dollars.",
    ),
)
