"""The business files that `tenants new --template` writes: what such a business sells and decides, without names of people."""

TEMPLATES = ("salon", "classes")

_WORDS = {
    "en": {
        "head": "Change what is not yours, then bring it in: slotgate import SLUG FILE. It may be brought in again at any time.",
        "address": "Where clients come to, and how they call.",
        "policies": "What does not suit you can also be changed in the bot: Manage, Settings.",
        "rooms": "What two people cannot use at once: chairs, rooms, machines.",
        "services": "Prices are in the business's currency.",
        "staff": "Who works here: add them in the bot (Manage, Staff), where each gets an invitation, or here:",
        "chair": "Chair",
        "hall": "Hall",
        "salon": (("Haircut", "30.00", "45m"), ("Haircut and styling", "45.00", "75m"), ("Colour", "80.00", "2h")),
        "classes": (("Group class", "15.00", "1h"), ("Personal training", "50.00", "1h")),
        "name": "NAME",
    },
    "ru": {
        "head": "Измените то, что не про вас, и загрузите: slotgate import SLUG FILE. Загружать можно сколько угодно раз.",
        "address": "Куда приходят клиенты и куда звонят.",
        "policies": "Всё это можно изменить и в боте: Управление, Настройки.",
        "rooms": "Чем нельзя пользоваться вдвоём: кресла, кабинеты, аппараты.",
        "services": "Цены в валюте бизнеса.",
        "staff": "Кто здесь работает: добавьте их в боте (Управление, Сотрудники), там каждый получит приглашение, или здесь:",
        "chair": "Кресло",
        "hall": "Зал",
        "salon": (
            ("Стрижка", "1500.00", "45m"), ("Стрижка и укладка", "2500.00", "75m"), ("Окрашивание", "5000.00", "2h"),
        ),
        "classes": (("Групповое занятие", "700.00", "1h"), ("Персональная тренировка", "2500.00", "1h")),
        "name": "ИМЯ",
    },
}  # fmt: skip


def business_text(template: str, locale: str) -> str:
    """Return the text of a business file."""
    words = _WORDS[locale]
    classes = template == "classes"
    room = words["hall" if classes else "chair"]
    services = []
    for place, (name, price, duration) in enumerate(words[template]):
        more = ", capacity: 10, starts: together" if classes and place == 0 else ", buffer_after: 10m"
        services.append(f'  - {{name: "{name}", price: "{price}", duration: {duration}{more}, rooms: ["{room}"]}}')
    first = words[template][0][0]
    lines = "\n".join(services)
    return f"""# {words["head"]}

# {words["address"]}
address: ""
phones: []

# {words["policies"]}
policies:
  slot_step: 30m
  min_notice: 1h
  horizon: 60d
  cancel_until: 24h
  reminders: [24h, 2h]

# {words["rooms"]}
rooms:
  - {{name: "{room}", count: {1 if classes else 2}}}

# {words["services"]}
services:
{lines}

# {words["staff"]}
# specialists:
#   - name: "{words["name"]}"
#     services: ["{first}"]
#     hours: {{mon: ["10:00-19:00"], tue: ["10:00-19:00"], wed: ["10:00-19:00"], thu: ["10:00-19:00"], fri: ["10:00-19:00"]}}
"""
