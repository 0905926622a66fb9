"""The buttons of the menu, the settings, figures, exports and the change log."""

from typing import Literal, Self

from bot.ui.callbacks import Callback


class ManageMenu(Callback, prefix="a.menu"):
    """Everything that can be managed."""


class FirstSteps(Callback, prefix="a.todo"):
    """The checklist of a new business."""


class Exports(Callback, prefix="a.exp"):
    """The files that can be made of a span."""

    span: int = 0


class ExportFile(Callback, prefix="a.exf"):
    """Make one file."""

    span: int
    kind: int


class FiguresReport(Callback, prefix="a.fig"):
    """The figures of a week or a month, of everybody or of one specialist or service (0: all)."""

    month: int = 0
    place: int = 8
    specialist_id: int = 0
    service_id: int = 0


class FiguresChart(Callback, prefix="a.figp"):
    """The figures as a chart."""

    month: int
    place: int
    specialist_id: int = 0
    service_id: int = 0


class FiguresParts(Callback, prefix="a.figl"):
    """The specialists, or with `services` the services, each with its figures, page by page."""

    month: int
    place: int
    services: bool
    page: int = 0


class FiguresTrend(Callback, prefix="a.figt"):
    """The last weeks or months side by side."""

    month: int
    place: int
    specialist_id: int = 0
    service_id: int = 0


class TrendChart(Callback, prefix="a.figq"):
    """The last weeks or months as a chart."""

    month: int
    place: int
    specialist_id: int = 0
    service_id: int = 0


class FiguresFile(Callback, prefix="a.figf"):
    """The figures of a week or a month as a file; `kind` is a place in `TABLES` of `bot.admin.figures`."""

    month: int
    place: int
    kind: int


class PolicyList(Callback, prefix="a.pol"):
    """The settings of the business."""


class PolicyCard(Callback, prefix="a.pof"):
    """One setting."""

    field: int


class SetPolicy(Callback, prefix="a.pov"):
    """Set one setting to a preset."""

    field: int
    preset: int


class AskName(Callback, prefix="a.name"):
    """Type the name of the business."""


class AskZone(Callback, prefix="a.tz"):
    """Choose or type the time zone."""


class SetZone(Callback, prefix="a.tzv"):
    """Set the time zone; its name has `--` for `/`."""

    zone: str


class AskCurrency(Callback, prefix="a.cur"):
    """Choose or type the currency."""


class SetCurrency(Callback, prefix="a.curv"):
    """Set the currency."""

    code: str


class SetBusinessLanguage(Callback, prefix="a.loc"):
    """Set the language in which the bot speaks to those whose own it does not know."""

    locale: str


class AskAddress(Callback, prefix="a.addr"):
    """Type the address of the business."""


class AskBusinessPhone(Callback, prefix="a.phone"):
    """Type the telephone number of the business."""


class ShareLink(Callback, prefix="a.shr"):
    """The bot's link. `opening`: as the last of the first steps."""

    opening: bool = False


class QrCode(Callback, prefix="a.qr"):
    """The bot's link as a QR code."""


class AuditLog(Callback, prefix="a.aud"):
    """Who changed what; `before` is where the newer page ended, 0 for the newest.

    `about` is `<kind>-<id>` of a person or a thing, or `all`."""

    before: int = 0
    about: str = "all"

    @classmethod
    def only(cls, kind: Literal["booking", "person", "specialist", "service", "room"], number: int) -> Self:
        """Return the button of what concerns one person or thing."""
        return cls(about=f"{kind}-{number}")


class PrivacySettings(Callback, prefix="a.prv"):
    """What clients agree to, and when the data of those who do not come leave."""


class AskConsent(Callback, prefix="a.prvc"):
    """Type what clients agree to."""


class ForgetConsent(Callback, prefix="a.prvx"):
    """Ask clients for no consent."""


class AskRetention(Callback, prefix="a.prvq"):
    """Ask before clients are unlinked after so many months."""

    months: int


class SetRetention(Callback, prefix="a.prvs"):
    """Unlink clients after so many months, or never (0)."""

    months: int


class ZoneChangeCard(Callback, prefix="a.zone"):
    """What keeping the instants after a change of the zone would do."""

    page: int = 0


class KeepInstants(Callback, prefix="a.zonek"):
    """Give bookings ahead the instants of before the zone was changed."""
