"""Reading a time zone as people type it: a city or a country in English, Russian or Ukrainian, or the hours from UTC."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.core import Locale, get_global

from bot.ui.times import former_names
from bot.ui.typed_values import fold_typed

# Offered before anything is typed, by the reader's language; also what stands for an offset, so the best known first.
SUGGESTED: dict[str, tuple[str, ...]] = {
    "ru": (
        "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Novosibirsk",
        "Europe/Minsk", "Asia/Almaty", "Asia/Tashkent", "Asia/Tbilisi",
    ),
    "en": (
        "Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago",
        "America/Los_Angeles", "Asia/Dubai", "Asia/Kolkata", "Australia/Sydney",
    ),
}  # fmt: skip
_MORE = (
    "Europe/Kyiv", "Europe/Kaliningrad", "Europe/Istanbul", "Europe/Paris", "Europe/Athens", "Asia/Yerevan", "Asia/Baku",
    "Asia/Jerusalem", "Asia/Riyadh", "Africa/Cairo", "Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Asia/Omsk",
    "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Asia/Tehran",
    "Asia/Karachi", "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Pacific/Auckland",
    "America/Denver", "America/Halifax", "America/Sao_Paulo", "America/Anchorage", "Pacific/Honolulu", "Atlantic/Azores",
    "America/Mexico_City", "America/Bogota", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "Asia/Kabul",
)  # fmt: skip
# Large cities that no zone is named after, and short names.
_CITIES: dict[str, str] = {
    "Europe/Moscow": "мск, msk, санкт-петербург, петербург, спб, питер, saint petersburg, st petersburg, st. petersburg, "
    "казань, kazan, нижний новгород, nizhny novgorod, краснодар, krasnodar, сочи, sochi, ростов-на-дону, ростов, воронеж",
    "Asia/Yekaterinburg": "екб, екатеринбург, челябинск, chelyabinsk, уфа, ufa, пермь, perm, тюмень, tyumen",
    "Europe/Samara": "самара, ижевск, тольятти",
    "Europe/Kyiv": "киев, київ, kiev, kyiv, львов, львів, lviv, одесса, одеса, odesa, odessa, харьков, харків, kharkiv, днепр",
    "Asia/Almaty": "астана, astana, нур-султан, шымкент, shymkent, алма-ата, alma-ata",
    "Asia/Tbilisi": "батуми, batumi",
    "America/New_York": "nyc, boston, miami, майами, atlanta, philadelphia, washington, washington dc, вашингтон",
    "America/Chicago": "houston, dallas, austin, san antonio",
    "America/Los_Angeles": "la, san francisco, san diego, seattle, las vegas, portland, сан-франциско, лос-анджелес",
    "Europe/Berlin": "munich, münchen, мюнхен, hamburg, гамбург, frankfurt, франкфурт, cologne, köln, stuttgart, düsseldorf",
    "Europe/London": "manchester, birmingham, edinburgh, glasgow, leeds, liverpool, bristol, england, scotland, англия",
    "Europe/Rome": "milan, milano, милан, naples",
    "Europe/Madrid": "barcelona, барселона, valencia, malaga",
    "Europe/Zurich": "geneva, женева, basel",
    "Asia/Dubai": "abu dhabi, абу-даби, sharjah",
    "Asia/Kolkata": "mumbai, delhi, new delhi, bangalore, мумбаи, дели",
    "Asia/Jerusalem": "tel aviv, тель-авив, haifa, хайфа",
    "Asia/Ho_Chi_Minh": "hanoi, ханой, saigon, нячанг, nha trang",
    "Asia/Shanghai": "beijing, пекин, shenzhen, guangzhou",
    "Asia/Tokyo": "osaka, kyoto, осака",
    "Asia/Bangkok": "phuket, пхукет, pattaya, паттайя",
    "Europe/Istanbul": "ankara, анкара, antalya, анталья, izmir",
    "America/Sao_Paulo": "rio, rio de janeiro, рио-де-жанейро",
}
_OFFSET = re.compile(r"(?:utc|gmt|ut|z)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_MOSCOW = re.compile(r"(?:мск|msk)\s*([+-])\s*(\d{1,2})")
_LANGUAGES = ("en", "ru", "uk")
MOST = 8


class ZoneReading(NamedTuple):
    """The zones that a text may mean, the likeliest first; `certain`: it means the one."""

    zones: tuple[str, ...]
    certain: bool


@cache
def known_zones() -> frozenset[str]:
    """Return every zone of the pinned tzdata package."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def read_zone(text: str, now: float) -> ZoneReading:
    """Return what zones a typed text may mean at that time (epoch seconds); none where it means nothing."""
    typed = _fold(text)
    by_name = {name.casefold(): name for name in known_zones() if "/" in name}
    if (zone := by_name.get(typed.replace(" ", "_"))) is not None:
        return ZoneReading((zone,), certain=True)
    if (minutes := _offset_minutes(typed)) is not None:
        return ZoneReading(_at_offset(minutes, now), certain=False)
    names = _zones_by_name()
    # `Moscow, Russia` and `г. Москва`: the whole, then what stands before a comma
    for part in (typed, typed.partition(",")[0].strip(), typed.removeprefix("г ").strip()):
        if zones := names.get(part):
            return ZoneReading(zones[:MOST], certain=len(zones) == 1)
    close = [zone for name in get_close_matches(typed, names, n=3, cutoff=0.78) for zone in names[name]]
    return ZoneReading(tuple(dict.fromkeys(close))[:MOST], certain=False)


def suggested_zones(locale: str) -> tuple[str, ...]:
    """Return the zones that are offered before anything is typed."""
    return SUGGESTED.get(locale, SUGGESTED["en"])


def territory_of(zone: str) -> str | None:
    """Return the country of a zone, such as `RU`."""
    territories: Mapping[str, str] = get_global("zone_territories")
    aliases: Mapping[str, str] = get_global("zone_aliases")
    return (
        territories.get(zone) or territories.get(aliases.get(zone, zone)) or ("UA" if zone == "Europe/Kyiv" else None)
    )


def _fold(text: str) -> str:
    return " ".join(fold_typed(text).replace(".", " ").replace("ё", "е").split())


def _offset_minutes(typed: str) -> int | None:
    if typed in ("utc", "gmt"):
        return 0
    if found := _MOSCOW.fullmatch(typed):
        return 180 + int(f"{found[1]}{found[2]}") * 60
    found = _OFFSET.fullmatch(typed)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    return int(f"{found[1]}1") * (int(found[2]) * 60 + int(found[3] or 0))


def _at_offset(minutes: int, now: float) -> tuple[str, ...]:
    """Return the best known zones that are so far from UTC at that time."""
    at = datetime.fromtimestamp(now, UTC)
    named = (*SUGGESTED["ru"], *SUGGESTED["en"], *_MORE)
    wanted = timedelta(minutes=minutes)
    return tuple(zone for zone in named if at.astimezone(ZoneInfo(zone)).utcoffset() == wanted)[:MOST]


@cache
def _zones_by_name() -> dict[str, tuple[str, ...]]:
    """Return zones by the folded names of their cities and countries."""
    found: dict[str, dict[str, None]] = {}

    def add(names: Iterable[str], zone: str) -> None:
        for name in names:
            found.setdefault(_fold(name), {})[zone] = None

    locales, former = [Locale(language) for language in _LANGUAGES], former_names()
    for zone, territory in get_global("zone_territories").items():
        if zone not in known_zones() or "/" not in zone or zone.startswith("Etc/"):
            continue
        add((zone.rpartition("/")[2].replace("_", " "),), zone)
        for locale in locales:
            known = (locale.time_zones.get(name, {}).get("city") for name in (zone, *former.get(zone, ())))
            add((str(city) for city in known if city), zone)
            if country := locale.territories.get(territory):
                add((country,), zone)
    for zone, cities in _CITIES.items():
        for city in cities.split(", "):
            # a city, not the country of the same name
            found[_fold(city)] = {zone: None}
    order = {zone: place for place, zone in enumerate((*SUGGESTED["ru"], *SUGGESTED["en"], *_MORE))}
    return {name: tuple(sorted(zones, key=lambda zone: order.get(zone, 1000))) for name, zones in found.items()}
