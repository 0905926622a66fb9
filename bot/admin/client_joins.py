"""Walk-ins who may be somebody in Telegram: one client or two, and how a join is undone."""

from typing import Literal

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import ClientJoin
from bot.admin.callbacks.clients import (
    AcceptClientJoin,
    ClientCard,
    ClientJoinCard,
    ClientJoinList,
    ClientList,
    RefuseClientJoin,
    UndoClientJoin,
)
from bot.admin.clients import client_label, client_name
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.prompts import add_above
from bot.ui.text import escape

A_PAGE = 8

router = Router(for_staff=True)


@router.press(ClientJoinList)
async def show_client_joins(request: Request, callback: ClientJoinList) -> Screen:
    """Show what is proposed, then what can be undone."""
    return await _list_screen(request, callback.page)


async def _list_screen(request: Request, page: int = 0) -> Screen:
    joins = (await request.api.list_client_joins()).items
    shown, turning = page_of(joins, page, A_PAGE, lambda to: ClientJoinList(page=to))
    rows: list[Row] = [[button_to(_join_label(request, join), ClientJoinCard(join_id=join.id))] for join in shown]
    back = button_to(request.t.label("button-back"), ClientList())
    return Screen(request.t.html("joins" if joins else "joins-none"), [*rows, turning, [back]])


def _join_label(request: Request, join: ClientJoin) -> str:
    key = "label-joined" if join.status == "joined" else "label-join"
    return request.t.label(key, walkin=client_name(request, join.walk_in), client=client_name(request, join.client))


@router.press(ClientJoinCard)
async def show_client_join(request: Request, callback: ClientJoinCard) -> Screen:
    """Show both, and ask whether they are one."""
    joins = (await request.api.list_client_joins()).items
    join = next((one for one in joins if one.id == callback.join_id), None)
    return await _list_screen(request) if join is None else _join_screen(request, join)


def _join_screen(request: Request, join: ClientJoin) -> Screen:
    t = request.t
    lines = [
        t.html("join-joined" if join.status == "joined" else "join-ask"),
        "",
        f"{t.html('join-walk-in')} {escape(client_label(request, join.walk_in))}",
        f"{t.html('join-client')} {escape(client_label(request, join.client))}",
    ]
    rows: list[Row] = []
    if join.status == "joined" and join.undo_until is not None:
        lines.append(t.html("join-undo-until", when=request.times.when(join.undo_until)))
        rows.append([button_to(t.label("button-undo-join"), UndoClientJoin(join_id=join.id), style="danger")])
    elif join.status == "proposed":
        rows.append(
            [
                button_to(t.label("button-same-person"), AcceptClientJoin(join_id=join.id), style="success"),
                button_to(t.label("button-two-people"), RefuseClientJoin(join_id=join.id)),
            ]
        )
    rows.append(
        [
            button_to(t.label("button-open"), ClientCard(client_id=join.client.id)),
            button_to(t.label("button-back"), ClientJoinList()),
        ]
    )
    return Screen("\n".join(lines), rows)


@router.press(AcceptClientJoin)
async def accept_client_join(request: Request, callback: AcceptClientJoin) -> Screen:
    """Make one client of both."""
    return await _decide(request, callback.join_id, "accept")


@router.press(RefuseClientJoin)
async def refuse_client_join(request: Request, callback: RefuseClientJoin) -> Screen:
    """Keep both apart."""
    return await _decide(request, callback.join_id, "refuse")


@router.press(UndoClientJoin)
async def undo_client_join(request: Request, callback: UndoClientJoin) -> Screen:
    """Part both again; the walk-in gets back what it had."""
    return await _decide(request, callback.join_id, "undo")


async def _decide(request: Request, join_id: int, decision: Literal["accept", "refuse", "undo"]) -> Screen:
    try:
        join = await request.api.decide_client_join(join_id, decision, key=request.idempotency_key("join"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.NOT_FOUND):
            raise
        return add_above(request.t.html("join-outdated"), await _list_screen(request))
    screen = _join_screen(request, join) if join.status == "joined" else await _list_screen(request)
    return screen._replace(toast=request.t.label("saved"))
