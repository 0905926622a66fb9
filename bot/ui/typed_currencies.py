"""Reading a currency as people type it: a code, a symbol or a word in English or Russian."""

from functools import cache

from babel.core import Locale, get_global
from babel.numbers import get_currency_name, get_currency_symbol, get_territory_currencies

from bot.ui.typed_values import fold_typed
from bot.ui.typed_zones import territory_of

_LANGUAGES = ("en", "ru")
# What a symbol or a word means most often, and is offered beside a country's own.
_MAJOR = ("USD", "EUR", "RUB", "GBP", "CAD", "AUD", "CHF", "JPY")
_WORDS = {
    "р": "RUB", "руб": "RUB", "рубль": "RUB", "рубли": "RUB", "рублей": "RUB", "rouble": "RUB", "roubles": "RUB",
    "евро": "EUR", "euro": "EUR", "euros": "EUR", "тенге": "KZT", "tenge": "KZT", "тг": "KZT", "грн": "UAH",
    "гривна": "UAH", "гривны": "UAH", "hryvnia": "UAH", "лари": "GEL", "lari": "GEL", "драм": "AMD", "сум": "UZS",
    "bucks": "USD", "баксы": "USD", "quid": "GBP", "злотый": "PLN", "злотые": "PLN", "zloty": "PLN", "шекель": "ILS",
    "шекели": "ILS", "yuan": "CNY", "юань": "CNY", "rmb": "CNY", "иена": "JPY", "йена": "JPY", "yen": "JPY",
}  # fmt: skip
# Forms that the names of currencies do not have.
_SAME = {
    "доллары": "доллар", "фунты": "фунт", "кроны": "крона", "франки": "франк", "рупии": "рупия", "песо": "peso",
    "kr": "krona", "dollar": "dollars", "pound": "pounds", "sterling": "pounds", "франк": "franc",
}  # fmt: skip
_FORMS = (1, 2, 5)
MOST = 6


def read_currency(text: str, zone: str) -> tuple[str, ...]:
    """Return the codes that a typed text may mean, the likeliest first: one where it is certain, none for nothing.

    The zone decides where a word is of several countries: dollars in Toronto are Canadian."""
    typed = fold_typed(text).strip(" .")
    typed = _SAME.get(typed, typed)
    if typed.upper() in get_global("all_currencies"):
        return (typed.upper(),)
    if typed in _WORDS and _WORDS[typed] in _in_use():
        own = own_currency(zone)
        # roubles are of two countries
        return (own,) if own in _by_word().get(typed, ()) else (_WORDS[typed],)
    codes = _by_word().get(typed, ())
    if own_currency(zone) in codes:
        return (own_currency(zone),)
    if len(codes) > 1:
        return tuple(sorted(codes, key=lambda code: (code not in _MAJOR, codes.index(code))))[:MOST]
    return codes


def suggested_currencies(zone: str) -> tuple[str, ...]:
    """Return the currency of the zone's country, then those that are common elsewhere."""
    return tuple(dict.fromkeys((own_currency(zone), *_MAJOR)))[:4]


def own_currency(zone: str) -> str:
    """Return the currency of a zone's country; US dollars where it is not known."""
    territory = territory_of(zone)
    codes = get_territory_currencies(territory) if territory and len(territory) == 2 else []
    return str(codes[0]) if codes else "USD"


def currency_name(code: str, locale: str) -> str:
    """Return a currency as it is chosen: `RUB, Russian rouble`."""
    return f"{code}, {get_currency_name(code, locale=Locale.parse(locale))}"


@cache
def _in_use() -> dict[str, None]:
    """Return every currency that is legal somewhere today."""
    territories = (code for code in get_global("territory_currencies") if len(code) == 2)
    return dict.fromkeys(code for territory in territories for code in get_territory_currencies(territory))


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    """Return currencies by their symbols, their names and the last words of these."""
    found: dict[str, dict[str, None]] = {}
    for language in _LANGUAGES:
        locale = Locale(language)
        for code in _in_use():
            symbols = {get_currency_symbol(code, locale), get_currency_symbol(code, Locale("en"))} - {code}
            narrow = {symbol.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for symbol in symbols} - {""}
            names = [get_currency_name(code, count, locale) for count in _FORMS]
            words = [name.split()[-1 if language == "en" else 0] for name in names]
            for word in (*symbols, *narrow, *names, *words, *(name.split()[-1] for name in names)):
                found.setdefault(fold_typed(word), {})[code] = None
    return {word: tuple(codes) for word, codes in found.items()}
