### Слова бота по-русски. Ключи во всех языках одни и те же; текст с <b> показывается как HTML.

language-name = Русский
# Шаблоны CLDR: https://www.unicode.org/reports/tr35/tr35-dates.html
pattern-day = EEE d MMM
pattern-day-year = EEE d MMM y
when = { $day }, { $time }
when-today = Сегодня, { $time }
when-tomorrow = Завтра, { $time }
today = Сегодня
tomorrow = Завтра
span-minutes = { $minutes } мин
span-hours = { $hours } ч
span-both = { $hours } ч { $minutes } мин
price-from = от { $price }
zone-line = Часовой пояс: { $zone }

## Кнопки
button-home = На главную
button-back = Назад
button-again = Повторить
button-all-services = Все услуги
button-my-bookings = Мои записи
button-contacts = Адрес и контакты
button-language = Язык
button-my-data = Мои данные
button-my-day = К моему дню
button-continue = Продолжить: { $visit }
button-open-next = Моя ближайшая запись
button-repeat = Повторить: { $service } · { $specialist }
button-book-another = Записаться ещё
button-book-again = Записаться снова
button-another-day = Другой день
button-choose-specialist = Выбрать мастера
button-other-specialist = Другой мастер
button-any-specialist = Любой мастер
button-first-free = Ближайшее
button-first-day = Ближайший день: { $day }
button-confirm = Подтвердить
button-change-time = Другое время
button-comment = Комментарий
button-comment-edit = Изменить комментарий
button-cancel = Отмена
button-calendar = Файл для календаря
button-route = Маршрут
button-copy-address = Скопировать адрес
button-move = Перенести
button-cancel-visit = Отменить
button-yes-cancel = Да, отменить
button-move-instead = Лучше перенести
button-keep = Оставить
button-undo = Вернуть
button-yes-move = Да, перенести
button-keep-time = Оставить моё время
button-upcoming = Предстоящие
button-past = Прошлые визиты
button-coming = Приду
button-cant = Не смогу
button-share = Поделиться номером
button-skip = Пропустить
button-export-json = Выгрузить (JSON)
button-export-ics = Выгрузить (календарь)
button-erase = Удалить мои данные
button-yes-erase = Да, удалить всё
button-start-again = Начать заново
button-accept = Принять
button-not-now = Не сейчас
button-open = Открыть
button-approve = Одобрить
button-decline = Отклонить
button-arrived = Клиент пришёл
button-no-show = Не пришёл
button-as-client = Посмотреть как клиент

## Клиент: главная
home-new = <b>{ $business }</b>: на что записать вас?
home-again = <b>{ $business }</b>: рады видеть вас снова. На что записать вас?
home-next = Ближайшая запись: <b>{ $when }</b>, { $service }, { $specialist }
opening-soon = <b>{ $business }</b> скоро откроется. Записаться пока нельзя, загляните чуть позже.
all-services = На что записать вас?
not-on-sale = Этой услуги больше нет.
contacts = <b>{ $business }</b>
contacts-address = Адрес: { $address }
contacts-phone = Телефон: { $phone }
contacts-none = Адрес и телефон пока не указаны.

## Клиент: выбор времени
times-nearest = Ближайшее свободное время
times-none = В ближайшие недели свободного времени нет.
days-free = Показаны только дни со свободным временем.
days-none = В этом месяце свободного времени нет. Посмотрите следующий или ближайшее время.
day-times = Свободное время: { $day }
day-full = { $day }: всё занято. Свободно вот это время:
who = К кому вас записать?
with-specialist = Запись к мастеру: <b>{ $name }</b>

## Клиент: подтверждение и готово
confirm-title = Всё верно?
held-until = Держим время до { $time }
comment-line = Комментарий: { $comment }
comment-ask = Напишите комментарий одним сообщением. Например: «Опоздаю на пять минут».
hold-ended = Мы больше не держали это время. Свободно вот это:
dropped = Запись не создана
done = Вы записаны. Ждём вас: { $when }.
done-pending = Запрос на { $when } отправлен. Напишем, как только его подтвердят.
moved = Перенесли. Ждём вас: { $when }.
calendar-caption = Откройте файл, чтобы добавить визит в календарь.

## Клиент: записи
upcoming-visits = Ваши предстоящие записи
upcoming-none = Предстоящих записей нет.
past-visits = Ваши прошлые визиты
past-none = Прошлых визитов пока нет.
label-cancelled = { $visit } (отменена)
status-held = Ещё не подтверждена
status-pending = Ждёт подтверждения
status-confirmed = Подтверждена
status-arrived = Клиент на месте
status-completed = Визит состоялся
status-no-show = Клиент не пришёл
status-cancelled = Отменена
status-expired = Не подтверждена вовремя
free-until = Отменить можно до { $when }.
cancel-ask = Отменить запись { $when }?
cancel-late = Отменить здесь можно было до { $when }. Если не сможете прийти, позвоните нам.
cancelled = Запись { $when } отменена.
undo-until = Вернуть её можно до { $time }.
undone = Запись снова действует.
move-title = Перенос: <b>{ $service }</b>, сейчас { $when }
move-ask = Перенести с { $old } на <b>{ $new }</b>?

## Клиент: телефон, язык, данные
phone-ask = Поделитесь номером, чтобы мы могли с вами связаться.
phone-required = Поделитесь номером: без него запись не подтвердить.
phone-how = Нажмите «Поделиться номером» внизу. Номер, набранный вручную, не подойдёт.
phone-not-yours = Это чужой контакт. Пришлите, пожалуйста, свой.
phone-thanks = Спасибо, номер сохранён.
language-ask = На каком языке вам удобнее?
language-set = Теперь по-русски
data = <b>Что мы о вас храним</b>
    Имя: { $name }
    Телефон: { $phone }
    Имя в Telegram: { $username }
    Язык: { $language }
    С нами с: { $since }
    Визитов: { $visits }
data-none = нет
data-caption = Всё, что здесь хранится о вас.
erase-ask = Удалить всё, что мы о вас храним? Вернуть ничего нельзя.
erased = Ваши данные удалены.

## Без тупиков
menu-refreshed = Меню обновилось
use-buttons = Пожалуйста, пользуйтесь кнопками ниже.
command-start = Открыть меню
command-help = Что умеет бот
command-cancel = Прервать начатое
help = <b>{ $business }</b>: записаться, перенести и отменить визит можно прямо здесь.
    /start открывает меню, /cancel прерывает начатое.
start-over = Сейчас ввести текст не получится. Попробуйте через минуту.
refused = Это недоступно.
refused-slot-taken = Это время только что заняли. Свободно вот это:
refused-time = На это время уже не записаться. Свободно вот это:
refused-taken = Это время успели занять.
refused-no-time = На это время уже не записаться.
refused-too-late = Здесь эту запись менять уже поздно. Пожалуйста, позвоните.
refused-limit = У вас уже столько предстоящих записей, сколько можно.
refused-step = За это время запись изменилась.
refused-in-use = Сначала, пожалуйста, отмените предстоящие записи.
refused-code = Это приглашение не действует.
refused-rate = Минутку, пожалуйста: это было слишком быстро.
refused-closed = Запись сейчас отключена.
outage-booking = <b>Запись ещё не создана. Ничего не сохранено.</b>
    Сейчас нет связи. Попробуйте ещё раз.
outage = Сейчас нет связи. Ничего не изменилось. Попробуйте ещё раз.
bad-link = Эта ссылка не работает.
lost-role = Вы больше не сотрудник. Записываться как клиент можно по-прежнему.

## Сотрудники
invited-admin = Вас приглашают управлять: <b>{ $business }</b>.
invited-staff = Вас приглашают на работу: <b>{ $business }</b>.
invited-specialist = Вас приглашают на работу: <b>{ $business }</b>, мастер <b>{ $name }</b>.
invited-welcome = Добро пожаловать в команду!
day-summary = <b>{ $day }</b>: { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }, первая в { $first }
day-empty = <b>{ $day }</b>: записей нет
working = Рабочее время: { $shifts }
day-off = Выходной
visits-count = { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }
client-coming = Клиент ответил, что придёт.
staff-cancel-ask = Отменить запись { $when } ({ $name })? Мы сообщим клиенту.
saved = Сохранено

## Сообщения
notice-booked = <b>Вы записаны.</b>
notice-moved = <b>Ваша запись перенесена.</b>
notice-was = Было: { $when }.
notice-cancelled = <b>Ваша запись отменена.</b>
notice-reminder = { $when }: { $service }, { $specialist }. Придёте?
notice-approval-asked = <b>Запрос отправлен.</b> Напишем, как только его подтвердят.
notice-approved = <b>Ваша запись подтверждена.</b>
notice-declined = <b>Это время подтвердить не получилось.</b> Простите; выберите, пожалуйста, другое.
notice-broadcast = <b>Сообщение для вас</b>
notice-code = <b>Сообщение для вас</b>
notice-text = <b>Сообщение для вас</b>
notice-empty = Сообщение для вас
notice-otp = Ваш код: <code>{ $code }</code>
    Никому его не сообщайте.
staff-booked = <b>Новая запись</b>
staff-moved = <b>Запись перенесена</b>
staff-cancelled = <b>Запись отменена</b>
staff-reminder = <b>Скоро визит</b>
staff-approval-asked = <b>Запрос ждёт вашего ответа</b>
staff-approved = <b>Запись одобрена</b>
staff-declined = <b>Запись отклонена</b>
staff-broadcast = <b>Сообщение</b>
staff-code = <b>Сообщение</b>
staff-text = <b>Сообщение</b>
coming-thanks = Спасибо, до встречи!
approved-here = Одобрено.
declined-here = Отклонено.

## Администратор: главная и первые шаги
button-manage = Управление
button-bookings = Записи
button-clients = Клиенты
button-services = Услуги
button-staff = Сотрудники
button-schedules = Графики
button-closures = Выходные дни
button-figures = Показатели
button-broadcast = Рассылка
button-exports = Выгрузки
button-rooms = Кабинеты
button-policies = Настройки
button-share-link = Поделиться ссылкой
button-audit = Журнал изменений
manage = <b>{ $business }</b>: чем хотите управлять?
ready = <b>{ $business }</b>. Готово к открытию: <b>{ $done } из { $all }</b>
todo-address = Часовой пояс и адрес
todo-services = Услуги
todo-staff = Сотрудники
todo-hours = Часы работы
todo-test = Пробная запись
todo-share = Ссылка и QR-код для клиентов
zone-fixed = Часовой пояс: { $zone }. Изменить его может тот, кто ведёт сервер.
