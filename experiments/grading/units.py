"""Names of units that answers carry."""

import re

# One unit a line, all its names; Chinese ones too.
_NAMES = """
degree degrees deg
percent percentage
dollar dollars usd 美元 元
cent cents
mm millimeter millimeters millimetres 毫米
cm centimeter centimeters centimetres 厘米
m meter meters metre metres 米
km kilometer kilometers kilometres 千米 公里
inch inches in
foot feet ft
yard yards yd
mile miles mi
mph
second seconds sec s 秒
minute minutes min 分钟
hour hours hr h 小时
day days 天
g gm gram grams 克
kg kilogram kilograms 千克
pound pounds lb lbs
am
pm
unit units
"""
_UNITS = {name: line.split()[0] for line in _NAMES.split("\n") for name in line.split()}
_POWER = re.compile(r"^(?:square|sq|cubic|cu)|(?:squared|cubed)$")


def unit_of(text: str) -> str:
    """The unit that a text names, without regard to its power; empty if it names none that is known.

    >>> unit_of("square feet"), unit_of("p.m."), unit_of("apples")
    ('foot', 'pm', '')
    """
    plain = re.sub(r"[\s.]", "", text).casefold()
    return _UNITS.get(plain, "") or _UNITS.get(_POWER.sub("", plain), "")
