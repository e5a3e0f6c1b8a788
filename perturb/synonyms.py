"""Synonyms: words that say the same in nearly every sentence."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from .item import Item
from .replacing import Place, listed, replaced
from .variant import Variant

# Forms of a word, and the same forms of its synonyms: after ">" what may stand for the first, between "="
# what may stand for one another. Groups are separated by "|"; "_" is a space.
_LINES = """
abandoned > deserted | ability abilities > capability capabilities | abruptly = suddenly
absurd = ridiculous | abundant = plentiful | accidentally = unintentionally
accomplish accomplishes accomplished accomplishing > achieve achieves achieved achieving
accomplishment accomplishments = achievement achievements
accumulate accumulates accumulated accumulating > amass amasses amassed amassing
achieve achieves achieved achieving > attain attains attained attaining
acquire acquires acquired acquiring > obtain obtains obtained obtaining | adolescents > teenagers
afraid = scared = frightened | allow allows allowed allowing = permit permits permitted permitting
almost = nearly | amaze amazes amazed amazing = astonish astonishes astonished astonishing | amusing = funny
ancestors = forefathers | annual = yearly | annually > yearly
anticipate anticipates anticipated anticipating > expect expects expected expecting | apparel > clothing
apparently = seemingly | approximately > roughly > about | arid > dry
ascend ascends ascended ascending > climb climbs climbed climbing
assist assists assisted assisting > help helps helped helping | assistance > help
attempt attempts attempted attempting > try tries tried trying | attire > clothing
attorney attorneys = lawyer lawyers | authentic = genuine | automobile automobiles > car cars
autumn > fall | awful = terrible = dreadful | baby babies = infant infants | bad > poor | baggage = luggage
barrier barriers = obstacle obstacles | battle battles > fight fights | beautiful = lovely | began = started
begin begins > start starts | beverage beverages > drink drinks | bicycle bicycles > bike bikes
big bigger biggest > large larger largest | bizarre > strange | blossom blossoms > flower flowers
brave = courageous | bravely > courageously | bravery = courage | brief > short | briefly > shortly
buy buys bought buying > purchase purchases purchased purchasing | buyer buyers = purchaser purchasers
car cars > automobile automobiles | careful = cautious | carefully = cautiously | cash > money
cautious > wary | cease ceases ceased ceasing > stop stops stopped stopping | charming > delightful
choose chooses chose chosen choosing = select selects selected selected selecting | clever > smart
climbed > ascended | clothes > garments
collect collects collected collecting > gather gathers gathered gathering | colossal > gigantic
commence commences commenced commencing > begin begins began beginning | completely = entirely = totally
complicated > complex
comprehend comprehends comprehended comprehending > understand understands understood understanding
conceal conceals concealed concealing > hide hides hid hiding | constantly = continually
construct constructs constructed constructing > build builds built building | contemporary > present-day
conventional > traditional
convince convinces convinced convincing = persuade persuades persuaded persuading | costly = expensive
couch couches = sofa sofas | courteous = polite | crucial > vital | damp > moist
danger dangers > peril perils | dangerous = hazardous | deadly = lethal
decide decides decided > choose chooses chose | deliberately > intentionally | delicious = tasty
delighted > very_pleased | demonstrate demonstrates demonstrated demonstrating > show shows showed showing
depart departs departed departing > leave leaves left leaving
depict depicts depicted depicting = portray portrays portrayed portraying | desired > wanted
destroy destroys destroyed destroying > ruin ruins ruined ruining
devour devours devoured devouring > eat eats ate eating | difficult > hard
difficulty difficulties > problem problems
disappear disappears disappeared disappearing = vanish vanishes vanished vanishing
disaster disasters = catastrophe catastrophes | disease diseases = illness illnesses | dishonest > deceitful
dispute disputes > disagreement disagreements | distant > faraway
donate donates donated donating > give gives gave giving | dreadful > horrible
dwelling dwellings > home homes | eager = keen | easily > readily
easy easier easiest > simple simpler simplest | elderly > old | employee employees > worker workers
encounter encounters encountered encountering > meet meets met meeting | enemy enemies = foe foes
enormous = huge = gigantic = immense
ensure ensures ensured ensuring > guarantee guarantees guaranteed guaranteeing | entire > whole
entirely > wholly | evident > obvious
examine examines examined examining > inspect inspects inspected inspecting | excellent = superb
exhausted > worn_out | exhibit exhibits exhibited exhibiting > display displays displayed displaying
expects expecting > anticipates anticipating | extraordinary > remarkable | extremely > very
famous = well-known = renowned | fantastic > wonderful | fast faster fastest > quick quicker quickest
father fathers > dad dads | feeble > weak | ferocious = fierce | finally > at_last | firms > companies
foolish = silly
forbid forbids forbade forbidden forbidding = prohibit prohibits prohibited prohibited prohibiting
forest forests > woods woods | fortunate = lucky | fortunately = luckily | fragile > delicate
frequently = often | friendly > amicable | furious > very_angry | garbage = trash
gather gathers gathered gathering > collect collects collected collecting | generally = usually
gift gifts > present presents | glad = happy | gloomy > dark | gradually > little_by_little
grateful = thankful | graves > tombs | gruesome > ghastly
happen happens happened happening = occur occurs occurred occurring | harmful = damaging
hastily = hurriedly | hatred > hate | hire hires hired hiring > employ employs employed employing
honest = truthful | horrible = terrible | horrified > appalled | humorous > funny
hurry hurries hurried hurrying > rush rushes rushed rushing | idea ideas > notion notions | ill > sick
imitate imitates imitated imitating > copy copies copied copying | immediately > instantly | impolite = rude
inexpensive = cheap | inhabitant inhabitants > resident residents | injured = wounded
inquire inquires inquired inquiring > ask asks asked asking | intelligent = smart
intend intends intended intending > plan plans planned planning | intentionally > deliberately > on_purpose
investigate investigates investigated investigating > look_into looks_into looked_into looking_into
job jobs > occupation occupations | jointly > together | journey journeys > trip trips | kinds > sorts
lengthy > long | lethal > fatal | liberty > freedom
locate locates located locating > find finds found finding | mainly = chiefly = mostly
manufacture manufactures manufactured manufacturing > produce produces produced producing
marvelous = wonderful | maybe = perhaps | meadow meadows > field fields | mistake mistakes > error errors
mistakenly > by_mistake | modern > contemporary
modify modifies modified modifying > change changes changed changing | movie movies > film films
mysterious > puzzling | nation nations > country countries | needed = required | numerous > many
obstacle obstacles > hurdle hurdles | obtain obtains obtained obtaining > get gets got getting
obvious > clear | obviously = clearly | occasionally > sometimes > now_and_then
occupation occupations > profession professions | odor odors > smell smells
opponent opponents = rival rivals | option options > choice choices | ordinary > normal
particularly = especially | passenger passengers > traveler travelers | peaceful > calm | peculiar > strange
perilous = dangerous | perish perishes perished perishing > die dies died dying
phone phones = telephone telephones | photo photos = photograph photographs
physician physicians > doctor doctors | pleased > glad | poisonous = toxic | popular > well-liked
portion portions > part parts | possess possesses possessed possessing > own owns owned owning
possibly > perhaps | precious > valuable
prevent prevents prevented preventing > stop stops stopped stopping | previously > earlier
profession professions > occupation occupations | purchased purchasing > bought buying | puzzled = baffled
quickly = rapidly = swiftly | rapid > fast | rarely = seldom | regarding > about | reliable > dependable
reluctant = unwilling | remain remained > stay stayed | remarkable > extraordinary
repair repairs repaired repairing > fix fixes fixed fixing
require requires required requiring > need needs needed needing
reside resides resided residing > live lives lived living | resident residents > inhabitant inhabitants
respond responds responded responding > reply replies replied replying
reveal reveals revealed revealing > disclose discloses disclosed disclosing
rich richer richest > wealthy wealthier wealthiest | robber robbers > thief thieves | rubbish > trash
sad sadder saddest > unhappy unhappier unhappiest | scarcely = barely = hardly | scared > frightened
scent scents > smell smells | seem seems seemed > appear appears appeared | sensible > reasonable
shore shores > coast coasts | shout shouts shouted shouting = yell yells yelled yelling | shy > timid
silent > quiet | simply > just | sleepy = drowsy | slender > slim | slightly > a_little
slowly > at_a_slow_pace | sly > cunning | snack snacks > light_meal light_meals | sometimes > occasionally
somewhat > rather | speedy > fast | starving > very_hungry
stroll strolls strolled strolling > walk walks walked walking
stumble stumbles stumbled stumbling > trip trips tripped tripping | stunning > very_beautiful
supper suppers > dinner dinners | suppose supposes supposing > assume assumes assuming
surprised > astonished | surprising > astonishing | surroundings > environment | tale tales > story stories
talked = spoke | task tasks > job jobs | teacher teachers > instructor instructors
terrified > very_frightened | terrify terrifies terrifying > frighten frightens frightening
therefore = thus = hence | thief thieves > robber robbers
throw throws threw throwing > toss tosses tossed tossing | tidy > neat | tiny > very_small | tired > weary
totally > fully | trousers > pants | truthful > honest | typical > usual | typically = usually
ultimately > in_the_end | uncommon > rare
understand understands understood understanding > comprehend comprehends comprehended comprehending
unhappy > sad | unlucky = unfortunate | unusual > uncommon
utilize utilizes utilized utilizing > use uses used using | vacant > empty | various > different
vast > huge | wealthy wealthier wealthiest > rich richer richest | weary > tired | weird > strange
wicked > evil | wonderful = marvelous | worker workers > laborer laborers | worried > concerned
wrecked > ruined | yearly > annual
"""
_ARTICLE = re.compile(r"\b(an?) \Z", re.IGNORECASE)
_VOWEL = re.compile(r"(?!uni|use|usu|eu|one)[aeiou]|hour|honest|heir", re.IGNORECASE)


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for group in _LINES.replace("\n", "|").split("|"):
        columns = [column.split() for column in re.split("[=>]", group)]
        for forms in zip(*columns, strict=True):
            for form in forms if "=" in group else forms[:1]:
                others = tuple(other.replace("_", " ") for other in forms if other != form)
                table[form] = (*table.get(form, ()), *others)
    return {word: tuple(dict.fromkeys(others)) for word, others in table.items() if others}


SYNONYMS = _table()


def synonym(
    item: Item,
    severity: float,
    rng: np.random.Generator,
    table: Mapping[str, tuple[str, ...]] = MappingProxyType(SYNONYMS),
) -> Variant:
    """Replaces words by synonyms.

    HELM draws them from WordNet, at a chance of .5 a word (Liang et al. 2022, arXiv 2211.09110), where a word
    with several senses gets synonyms of all of them ("square" becomes "public square"). This list was made
    for this project: 311 groups of words that say the same in nearly every sentence, without terms of
    mathematics and science. "A" and "an" stay right: a synonym that would need the other one is not drawn.

    Args:
        item: Any item.
        severity: Chance of each word of the list to be replaced.
        rng: Randomness.
        table: Words in lower case, each with its synonyms; in Python another one can be given, as WordNet's.

    Returns:
        The variant.
    """
    return replaced(item, agreeing(item, listed(item, table)), severity, rng)


def agreeing(item: Item, places: Sequence[Place]) -> list[Place]:
    """The places with the options that go with the article before them; without those left with none."""
    found: list[Place] = []
    for place in places:
        article = _ARTICLE.search(item.question, max(0, place.start - 4), place.start)
        options = place.options
        if article:
            needs = len(article[1]) == 2
            options = tuple(one for one in options if bool(_VOWEL.match(one)) == needs)
        if options:
            found.append(Place(place.start, place.end, options))
    return found
