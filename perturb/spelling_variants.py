"""British and American spelling."""

import numpy as np

from .item import Item
from .replacing import listed, replaced
from .variant import Variant

# British and American forms in turn. Left out: what differs in meaning ("check", "program", "meter" of one
# side have two senses), and what both sides write either way.
_BOTH = """
colour color colours colors coloured colored colouring coloring colourful colorful colourless colorless
favour favor favours favors favoured favored favouring favoring favourable favorable favourite favorite
favourites favorites honour honor honours honors honoured honored honouring honoring honourable honorable
humour humor labour labor labours labors laboured labored labourer laborer labourers laborers
neighbour neighbor neighbours neighbors neighbouring neighboring neighbourhood neighborhood
neighbourhoods neighborhoods behaviour behavior behaviours behaviors behavioural behavioral harbour harbor
harbours harbors flavour flavor flavours flavors flavoured flavored rumour rumor rumours rumors vapour vapor
vapours vapors odour odor odours odors odourless odorless parlour parlor parlours parlors armour armor
armoured armored rigour rigor vigour vigor splendour splendor endeavour endeavor endeavours endeavors
saviour savior tumour tumor tumours tumors savour savor savoury savory ardour ardor candour candor
clamour clamor fervour fervor valour valor mould mold moulds molds mouldy moldy moulded molded moult molt
smoulder smolder centre center centres centers centred centered theatre theater theatres theaters
metres meters litre liter litres liters kilometre kilometer kilometres kilometers centimetre centimeter
centimetres centimeters millimetre millimeter millimetres millimeters millilitre milliliter
millilitres milliliters fibre fiber fibres fibers calibre caliber lustre luster sombre somber
spectre specter meagre meager sabre saber sabres sabers organise organize organises organizes
organised organized organising organizing organiser organizer organisation organization
organisations organizations organisational organizational realise realize realises realizes
realised realized realising realizing recognise recognize recognises recognizes recognised recognized
recognising recognizing specialise specialize specialises specializes specialised specialized
specialising specializing apologise apologize apologised apologized apologising apologizing
civilisation civilization civilisations civilizations civilised civilized criticise criticize
criticises criticizes criticised criticized criticising criticizing emphasise emphasize
emphasises emphasizes emphasised emphasized emphasising emphasizing generalise generalize
generalised generalized characterise characterize characterises characterizes characterised characterized
maximise maximize maximises maximizes maximised maximized maximising maximizing minimise minimize
minimises minimizes minimised minimized minimising minimizing memorise memorize memorised memorized
normalise normalize normalised normalized optimise optimize optimised optimized optimising optimizing
summarise summarize summarises summarizes summarised summarized symbolise symbolize symbolises symbolizes
symbolised symbolized utilise utilize utilises utilizes utilised utilized utilising utilizing
visualise visualize fertilise fertilize fertilised fertilized fertiliser fertilizer fertilisers fertilizers
fertilisation fertilization colonise colonize colonised colonized colonisation colonization
industrialised industrialized industrialisation industrialization neutralise neutralize
neutralised neutralized oxidise oxidize oxidised oxidized ionise ionize ionised ionized
ionisation ionization crystallise crystallize crystallised crystallized harmonise harmonize
idealised idealized immunise immunize immunised immunized immunisation immunization legalise legalize
legalised legalized materialise materialize mobilise mobilize modernise modernize modernised modernized
nationalised nationalized patronise patronize penalise penalize penalised penalized polarised polarized
popularise popularize popularised popularized prioritise prioritize privatise privatize
privatised privatized publicise publicize publicised publicized rationalise rationalize
revolutionise revolutionize revolutionised revolutionized stabilise stabilize stabilised stabilized
standardise standardize standardised standardized sterilise sterilize sterilised sterilized
subsidise subsidize subsidised subsidized sympathise sympathize terrorise terrorize
urbanisation urbanization globalisation globalization hospitalised hospitalized hypothesise hypothesize
localised localized capitalise capitalize capitalised capitalized analyse analyze analysed analyzed
analysing analyzing paralyse paralyze paralysed paralyzed catalyse catalyze catalysed catalyzed
hydrolyse hydrolyze travelled traveled travelling traveling traveller traveler travellers travelers
cancelled canceled cancelling canceling labelled labeled labelling labeling modelled modeled
modelling modeling levelled leveled levelling leveling signalled signaled signalling signaling
fuelled fueled fuelling fueling quarrelled quarreled marvellous marvelous jewellery jewelry jeweller jeweler
counsellor counselor counsellors counselors counselling counseling channelled channeled dialled dialed
marshalled marshaled rivalled rivaled totalled totaled tunnelling tunneling woollen woolen
councillor councilor councillors councilors defence defense defences defenses offence offense
offences offenses pretence pretense grey gray greyish grayish skilful skillful skilfully skillfully
wilful willful fulfil fulfill fulfils fulfills enrol enroll enrols enrolls enrolment enrollment
instalment installment instalments installments aluminium aluminum sulphur sulfur sulphuric sulfuric
sulphate sulfate sulphide sulfide aeroplane airplane aeroplanes airplanes moustache mustache
moustaches mustaches pyjamas pajamas sceptical skeptical sceptic skeptic scepticism skepticism
manoeuvre maneuver manoeuvres maneuvers anaemia anemia anaemic anemic anaesthetic anesthetic
anaesthesia anesthesia haemoglobin hemoglobin haemorrhage hemorrhage leukaemia leukemia paediatric pediatric
paediatrician pediatrician oestrogen estrogen oesophagus esophagus foetus fetus foetal fetal
diarrhoea diarrhea orthopaedic orthopedic gynaecology gynecology mum mom mums moms maths math towards toward
ageing aging cosy cozy plough plow ploughs plows ploughed plowed artefact artifact artefacts artifacts
analogue analog catalogue catalog catalogues catalogs
"""
# One side's word has a second sense, which the other side writes the same.
_TO_AMERICAN = """
metre meter programme program programmes programs cheque check cheques checks tyre tire tyres tires
kerb curb storey story storeys stories licence license licences licenses draught draft draughts drafts
practise practice practised practiced practising practicing learnt learned burnt burned dreamt dreamed
leapt leaped judgement judgment judgements judgments whilst while
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    listed = text.split()
    return list(zip(listed[::2], listed[1::2], strict=True))


AMERICAN = {british: (american,) for british, american in _pairs(_BOTH + _TO_AMERICAN)}
BRITISH = {american: (british,) for british, american in _pairs(_BOTH)}


def british(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Spells words as in British English.

    Names are left alone ("Pearl Harbor"), and so are words that British English writes in two ways for two
    senses ("program", "check").

    Args:
        item: Any item.
        severity: Chance of each of 323 American spellings to be exchanged.
        rng: Randomness.

    Returns:
        The variant; unchanged where nothing is spelled in two ways.
    """
    return replaced(item, listed(item, BRITISH), severity, rng)


def american(item: Item, severity: float, rng: np.random.Generator) -> Variant:
    """Spells words as in American English.

    Names are left alone ("Labour Party").

    Args:
        item: Any item.
        severity: Chance of each of 347 British spellings to be exchanged.
        rng: Randomness.

    Returns:
        The variant; unchanged where nothing is spelled in two ways.
    """
    return replaced(item, listed(item, AMERICAN), severity, rng)
