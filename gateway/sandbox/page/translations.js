// The page's texts in the visitor's language. To add a language, add a table; what it lacks is shown in English.

const TRANSLATIONS = {
  ru: {
    "Skip to the chats": "К чатам",
    "Sandbox": "Песочница",
    "Slotgate sandbox": "Песочница Slotgate",
    "Business": "Бизнес",
    "Tools": "Пульт",
    "Switch between light and dark": "Светлая или тёмная тема",
    "Light or dark": "Светлая или тёмная",
    "Clock": "Часы",
    "+1 h": "+1 ч",
    "+1 day": "+1 день",
    "Skip…": "Перевести…",
    "Next reminder": "К напоминанию",
    "Open this person's chat": "Открыть чат этого человека",
    "Nobody here has the id {}. In Telegram this opens their profile.": "Здесь нет никого с id {}. В Telegram откроется профиль.",
    "No reminder is ahead.": "Напоминаний впереди нет.",
    "Skip to the moment when the next reminder is sent": "Перевести часы к моменту, когда уйдёт следующее напоминание",
    "Trouble": "Неполадки",
    "Flood": "Лимит сообщений",
    "Flood {} s": "Лимит {} с",
    "Outage": "Сбой связи",
    "Restart gateway": "Перезапустить шлюз",
    "View": "Вид",
    "Add a person": "Добавить человека",
    "Add a business": "Добавить бизнес",
    "A new, empty business: its admin sets it up in the bot": "Новый, пустой бизнес: всё настраивает в боте его администратор",
    "It begins empty: its admin sets it up in the bot. Without a name the bot asks for one.": "Бизнес пока пуст: всё настраивает в боте его администратор. Название бот спросит сам, если его не указать.",
    "The business is being made…": "Создаём бизнес…",
    "Name": "Название",
    "Add to a group": "Добавить в группу",
    "Add the bot to a group": "Добавить бота в группу",
    "Title": "Название группы",
    "Who writes": "Кто пишет",
    "Remove the bot from the group": "Удалить бота из группы",
    "the bot is out": "бота здесь больше нет",
    "group": "группа",
    "added the bot": "добавляет бота",
    "removed the bot": "удаляет бота",
    "Inspector": "Инспектор",
    "Person": "Человек",
    "Inspector of API calls": "Инспектор вызовов API",
    "API calls": "Вызовы",
    "this bot only": "только этот бот",
    "Clear": "Очистить",
    "Close the inspector": "Закрыть инспектор",
    "Calls, the newest first": "Вызовы, новые сверху",
    "bot starting…": "бот запускается…",
    "bot ready": "бот готов",
    "bot down": "бот не работает",
    "bot not answering": "бот не отвечает",
    "Telegram is out": "Telegram недоступен",
    "No bot yet: the first one appears here by itself.": "Ботов пока нет: первый появится здесь сам.",
    "Skipped {}.": "Часы переведены: {}.",
    "The gateway restarts.": "Шлюз перезапускается.",
    "client": "клиент",
    "specialist": "мастер",
    "admin": "администратор",
    "guest": "гость",
    "OK": "ОК",
    "Cancel": "Отмена",
    "Start with a deep link": "Открыть по ссылке",
    "Payload": "Параметр",
    "Start": "Открыть",
    "A payload has at most 64 letters, digits, _ and -.": "В параметре не больше 64 букв, цифр, _ и -.",
    "Skip the clock": "Перевести часы",
    "Days": "Дни",
    "Hours": "Часы",
    "Minutes": "Минуты",
    "Skip": "Перевести",
    "First name": "Имя",
    "Last name": "Фамилия",
    "Language": "Язык",
    "Add": "Добавить",
    "Close the picture": "Закрыть картинку",
    "Copied: {}": "Скопировано: {}",
    "To copy: {}": "Скопируйте: {}",
    "typing…": "печатает…",
    "sending a picture…": "отправляет картинку…",
    "sending a file…": "отправляет файл…",
    "looking for the place…": "ищет место…",
    "busy…": "занят…",
    "Block the bot": "Заблокировать бота",
    "Unblock the bot": "Разблокировать бота",
    "Block bot": "Заблокировать бота",
    "Open a deep link": "Открыть по ссылке",
    "Close the chat of {}": "Закрыть чат: {}",
    "Chat of {} with {}": "Чат: {} и {}",
    "bot starting… what you send will arrive": "бот запускается… сообщения дойдут",
    "Message": "Сообщение",
    "Message of {}": "Сообщение от {}",
    "Commands": "Команды",
    "Show or hide the keyboard": "Показать или скрыть клавиатуру",
    "File to send": "Файл для отправки",
    "Send a file": "Отправить файл",
    "Send": "Отправить",
    "Keyboard": "Клавиатура",
    "START": "ЗАПУСТИТЬ",
    "UNBLOCK BOT": "РАЗБЛОКИРОВАТЬ",
    "Press START to write to the bot.": "Нажмите ЗАПУСТИТЬ, чтобы написать боту.",
    "blocked the bot": "бот заблокирован",
    "Share your phone number?": "Поделиться номером телефона?",
    "{} will see {}.": "{} увидит {}.",
    "Share": "Поделиться",
    "A messenger would open {}": "Мессенджер открыл бы {}",
    "the bot calls": "вызов бота",
    "an update is delivered": "доставка обновления",
    "a method in the webhook's answer": "метод в ответе вебхука",
    "Update": "Обновление",
    "Parameters": "Параметры",
    "Result": "Ответ",
    "ok": "успешно",
    "refused": "отказ",
    "Picture": "Картинка",
    "Open the picture": "Открыть картинку",
    "File": "Файл",
    "Location": "Геопозиция",
    "Sticker": "Стикер",
    "Voice message": "Голосовое сообщение",
    "Video": "Видео",
    "Audio": "Аудио",
    "Buttons of the message": "Кнопки сообщения",
    "deleted": "удалено",
    "pinned": "закреплено",
    "edited": "изменено",
    "Bot: ": "Бот: ",
    "You: ": "Вы: ",
    "Show hidden text": "Показать скрытый текст",
    "Here: {}": "У вас: {}",
    "The sandbox answered {}.": "Песочница ответила {}.",
    "The sandbox cannot be reached.": "Песочница недоступна.",
    "no such button under message {}": "под сообщением {} такой кнопки уже нет",
    "no message {} in this chat": "сообщения {} в этом чате нет",
    "the bot is blocked: unblock it first": "бот заблокирован: сначала разблокируйте его",
    "an empty message cannot be sent": "пустое сообщение не отправить",
    "a message holds {} characters at most": "в сообщении не больше {} знаков",
    "a file is needed": "нужен файл",
    "a person needs a name": "человеку нужно имя",
    "d": "д", "h": "ч", "min": "мин", "s": "с", "ms": "мс", "B": "Б", "KB": "КБ", "MB": "МБ",
  },
};

const LANGUAGES = { en: "English", ru: "Русский" };

function chooseLanguage() {
  let saved = null;
  try { saved = localStorage.getItem("sandbox.language"); } catch { /* private window */ }
  const preferred = [saved, ...navigator.languages].filter(Boolean).map((code) => code.slice(0, 2).toLowerCase());
  return preferred.find((code) => code in LANGUAGES) || "en";
}

/** The language of the page (`en` or `ru`): the one chosen here, else the browser's. */
export const language = chooseLanguage();

/** The locale of dates and times: the browser's variety of the language, else one with 24 hours. */
export const locale = navigator.languages.find((code) => code.slice(0, 2).toLowerCase() === language) || { en: "en-GB" }[language] || language;

/** The language that the switch leads to, as [code, own name]. */
export const otherLanguage = Object.entries(LANGUAGES).find(([code]) => code !== language);

/** Returns a sentence in the page's language. Each `{}` is replaced by the next value. */
export function t(text, ...values) {
  const left = [...values];
  return (TRANSLATIONS[language]?.[text] ?? text).replace(/\{\}/g, () => String(left.shift() ?? ""));
}

/** Returns an error sentence of the sandbox, which may contain numbers, in the page's language. */
export const translateError = (sentence) => t(sentence.replace(/\d+/g, "{}"), ...(sentence.match(/\d+/g) ?? []));

/** Translates the page's HTML: texts, labels, titles. */
export function translate(root) {
  document.documentElement.lang = language;
  document.title = t(document.title);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.data.trim();
      if (text && t(text) !== text) node.data = node.data.replace(text, t(text));
    } else {
      for (const name of ["aria-label", "title"]) if (node.hasAttribute(name)) node.setAttribute(name, t(node.getAttribute(name)));
    }
  }
}
