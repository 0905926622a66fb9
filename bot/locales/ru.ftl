### Слова бота по-русски. Ключи во всех языках одни и те же; текст с <b> показывается как HTML.

language-name = Русский
# Шаблоны CLDR: https://www.unicode.org/reports/tr35/tr35-dates.html
pattern-day = EEE d MMM
pattern-day-year = EEE d MMM y
pattern-date = d MMM
pattern-date-year = d MMM y
pattern-narrow = dd.MM.y
when = { $day }, { $time }
when-today = Сегодня, { $time }
when-tomorrow = Завтра, { $time }
today = Сегодня
tomorrow = Завтра
span-minutes = { $minutes } мин
span-hours = { $hours } ч
span-both = { $hours } ч { $minutes } мин
price-from = от { $price }
and-more = … и ещё { $count }
own-list-ends = Показаны последние { $count }; полный список в разделе «Мои данные».
list-ends = Это конец списка. Остальное найдёте поиском или по дню.
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
button-first-steps = Первые шаги
button-my-day = К моему дню
button-continue = Продолжить: { $booking }
button-open-next = Моя ближайшая запись
button-repeat = Повторить: { $service } · { $specialist }
button-book-another = Записаться ещё
button-book-again = Записаться снова
button-another-day = Другой день
button-same-day = В тот же день: { $day }
button-choose-specialist = Выбрать мастера
button-other-specialist = Другой мастер
button-any-specialist = Любой мастер
button-first-free = Ближайшее
button-first-day = Ближайший день: { $day }
button-confirm = Подтвердить
button-change-time = Другое время
button-comment = Комментарий
button-comment-edit = Изменить комментарий
button-change-services = Изменить услуги
button-without = Без «{ $service }»
button-cancel = Отмена
button-calendar-remove = Удалить из календаря
button-calendar = Файл для календаря
button-route = Маршрут
button-copy-address = Скопировать адрес
button-move = Перенести
button-cancel-booking = Отменить
button-yes-cancel = Да, отменить
button-move-instead = Лучше перенести
button-keep = Оставить
button-undo = Вернуть
button-yes-move = Да, перенести
button-ask-time = Попросить другое время
button-yes-ask = Попросить это время
button-wish = Написать, когда удобно
button-move-there = Перенести туда
button-keep-client-time = Оставить время
button-keep-silently = Оставить без причины
button-keep-time = Оставить моё время
button-upcoming = Предстоящие
button-past = Прошлые записи
button-coming = Приду
button-cant = Не смогу
button-late = Опаздываю
about-minutes = { $minutes } мин
minutes = { $minutes } мин
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
button-other-times = Другое время
button-decline-silently = Отклонить без причины
button-arrived = Клиент пришёл
button-no-show = Не пришёл
button-unmark = Снять отметку
button-as-client = Посмотреть как клиент

## Клиент: главная
home-new = <b>{ $business }</b>: на что вас записать?
home-again = <b>{ $business }</b>: рады видеть вас снова. На что вас записать?
home-next = Ближайшая запись: <b>{ $when }</b>, { $service }, { $specialist }
opening-soon = <b>{ $business }</b> скоро откроется. Записаться пока нельзя, загляните чуть позже.
label-category = { $category } · { $count }
category-other = Другое
category-title = <b>{ $category }</b>
button-find-service = Найти услугу
find-service-ask = Что ищете? Напишите слово или его часть.
find-service-found = Нашлось по «{ $query }»: { $count }
find-service-more = Нашлось по «{ $query }»: { $count }, показаны первые { $shown }. Напишите название подробнее.
find-service-none = По «{ $query }» ничего не нашлось. Напишите другое слово.
all-services = На что вас записать?
not-on-sale = Этой услуги больше нет.
contacts = <b>{ $business }</b>
contacts-address = Адрес: { $address }
contacts-phone = Телефон: { $phone }
contacts-none = Адрес и телефон пока не указаны.

## Клиент: выбор времени
times-nearest = Ближайшее свободное время
times-none = В ближайшие недели свободного времени нет.
days-free = Серые дни заняты или закрыты.
days-none = В эти дни свободного времени нет. Нажмите «Ближайшее» или листайте дальше.
days-shown = { $first } – { $last }
day-times = Свободное время: { $day }
day-full = { $day }: всё занято. Вот свободное время:
who = К кому вас записать?
slot-in-turn = у нескольких
with-specialist = Запись к мастеру: <b>{ $name }</b>

## Клиент: подтверждение и готово
confirm-title = Всё верно?
held-until = Держим время до { $time }
free-until-start = Отменить бесплатно можно до начала.
free-until-soon = Отменить бесплатно можно до { $time }: это 15 минут с момента записи. Позже отмена считается поздней.
request-deadline = Это запрос: { $business } ответит до { $when }.
places-ask = Сколько мест?
places-too-many = Столько мест на это время не осталось.
places-by-business = Здесь записи подтверждают вручную. Чтобы занять больше мест, напишите администратору.
places-too-late = Число мест можно изменить, пока отмена бесплатна. Пожалуйста, позвоните.
places-changed = <b>Число мест изменено.</b>
button-places = Число мест
button-starts = Как начинают
ask-starts = <b>{ $name }</b>: когда начинают клиенты?
    Вместе, как на занятии: следующие клиенты записываются на то же время. Или каждый в любое время, пока есть места.
starts-together = Вместе, как на занятии
starts-any = В любое время
service-starts-together = Все начинают вместе; время, которое пересекается с занятием, закрыто для записи
service-starts-any = Каждый начинает в любое время, пока есть места
class-places = { $taken } из { $capacity }
places-came = Пришли: { $came } из { $places }
class-came = пришли: { $came }
class-count = Занято мест: { $taken } из { $capacity } · пришли: { $came }
class-held = бронь
class-empty = На { $when } больше никто не записан.
class-message-ask = Что написать всем, кто записан на { $when }?
class-message-preview = { $count ->
    [one] Получит { $count } человек:
    [few] Получат { $count } человека:
   *[other] Получат { $count } человек:
}

    { $text }
class-message-sent = Отправлено: { $sent }. Не дошло: { $missed }.
button-write-to-all = Написать всем
button-decide-starts = { $name }: как начинают?
places-count = { $count ->
    [one] { $count } место
    [few] { $count } места
   *[other] { $count } мест
}
places-left = { $count ->
    [one] осталось { $count } место
    [few] осталось { $count } места
   *[other] осталось { $count } мест
}
times-for-places = { $count ->
    [one] На { $count } место
    [few] На { $count } места
   *[other] На { $count } мест
}
places-fewer = { $held ->
    [one] Здесь нельзя занять { $held } место.
    [few] Здесь нельзя занять { $held } места.
   *[other] Здесь нельзя занять { $held } мест.
} { $count ->
    [one] Теперь запись на { $count } место.
    [few] Теперь запись на { $count } места.
   *[other] Теперь запись на { $count } мест.
}
comment-line = Комментарий: { $comment }
comment-ask = Напишите комментарий одним сообщением. Например: «Опоздаю на пять минут».
comment-words-only = В комментарии может быть только текст. Фото или голосовое пришлите после подтверждения записи: тогда мы сможем его получить.
comment-lost = Ваш комментарий потерялся. Напишите его ещё раз или подтвердите без него.
hold-link-ended = { $when }: это время мы больше не держим, ссылка устарела. Вот свободное время:
hold-link-void = Эта ссылка не работает. Выберите время здесь:
add-service = Что добавить к этой записи?
add-service-none = К этой записи нечего добавить.
does-not-fit = { $when }: на все услуги времени не хватает. Вот свободное время:
hold-ended = Время на подтверждение вышло. Вот свободное время:
dropped = Запись не создана
done = Вы записаны. Ждём вас: { $when }.
done-pending = Запрос на { $when } отправлен. Напишем, как только будет ответ.
answers-by = Ответим до { $when }.
moved = Перенесли. Ждём вас: { $when }.
calendar-caption-cancelled = Запись отменена: откройте файл, чтобы убрать её из календаря.
calendar-caption = Откройте файл, чтобы добавить запись в календарь.

## Клиент: записи
upcoming-bookings = Ваши предстоящие записи
upcoming-none = Предстоящих записей нет.
past-bookings = Ваши прошлые записи
past-none = Прошлых записей пока нет.
label-displaced = { $booking } (новое время)
label-pending = { $booking } (ждёт ответа)
label-cancelled = { $booking } (отменена)
status-held = Ещё не подтверждена
status-pending = Ждёт подтверждения
end-note = Причина: { $note }
status-confirmed = Подтверждена
status-arrived = Клиент на месте
status-completed = Состоялась
status-unconfirmed = Время прошло; никто не отметил, пришёл ли клиент
status-no-show = Клиент не пришёл
own-status-arrived = Вы на месте
own-status-no-show = Вы не пришли
status-cancelled = Отменена
status-declined = Не подтверждена
status-request-expired = Осталась без ответа
status-expired = Не подтверждена вовремя
free-until = Отменить бесплатно можно до { $when }.
cancel-ask = Отменить запись { $when }?
cancel-late = Бесплатно отменить можно было до { $when }. Отменить всё ещё можно, но отмена будет считаться поздней.
cancelled = Запись { $when } отменена.
cancelled-late = Спасибо, что предупредили. Эта отмена считается поздней.
undo-until = Вернуть её можно до { $time }.
undone = Запись снова действует.
words-ask = <b>Отправить нам это сообщение?</b>
words-about = О записи: { $booking }
words-sent = Сообщение отправлено. Ответ придёт сюда.
words-none = Отправлять уже нечего.
words-dropped = Ничего не отправлено.
words-refused = Отсюда это не отправить. Пожалуйста, позвоните.
words-limit = В день можно отправить пять сообщений. Написанное хранится сутки; если это срочно, позвоните.
media-photo = Фото
media-voice = Голосовое сообщение
media-lost = Фото или голосовое к этому сообщению передать не удалось; спросите клиента.
button-send-words = Отправить
button-no = Нет
button-unsent = Неотправленное сообщение
button-reply = Ответить
reply-ask = Напишите ответ одним сообщением. Он уйдёт сразу.
late-ask = Примерно на сколько минут?
late-told = Мы знаем, что вы опоздаете примерно на { $minutes } минут.
begun = Запись уже началась, здесь её не изменить. Пожалуйста, позвоните.
move-title = Перенос: <b>{ $service }</b>, сейчас { $when }
move-ask = Перенести с { $old } на <b>{ $new }</b>?
move-ask-wish = Попросить <b>{ $new }</b> вместо { $old }? Самостоятельно перенести уже нельзя: ваше время остаётся за вами, пока вам не ответят.
move-asked = Вы попросили другое время. Прежнее остаётся за вами, пока вам не ответят.
move-wanted = Просьба: <b>{ $when }</b>
move-words = Просьба: { $text }
wish-ask = Какое время вам удобно? Напишите одним сообщением. Например: «В четверг после шести». Ваше время остаётся за вами, пока вам не ответят.
wish-sent = Просьба передана.
wish-withdrawn = Ваше время остаётся прежним.

## Клиент: телефон, язык, данные
phone-ask = Поделитесь номером, чтобы мы могли с вами связаться.
phone-required = Поделитесь номером: без него запись не подтвердить.
phone-how = Нажмите «Поделиться номером» внизу. Номер, набранный вручную, не подойдёт.
phone-not-yours = Это чужой контакт. Пришлите, пожалуйста, свой.
phone-skipped = Хорошо, без номера.
phone-thanks = Спасибо, номер сохранён.
language-ask = На каком языке вам удобнее?
language-set = Теперь по-русски
data = <b>Что мы о вас храним</b>
    Имя: { $name }
    Телефон: { $phone }
    Ник в Telegram: { $username }
    Язык: { $language }
    Первое обращение: { $since }
    Записей: { $bookings }
data-none = нет
data-caption = Всё, что здесь хранится о вас.
data-calendar-caption = Ваши записи. Откройте файл, чтобы добавить их в календарь.
data-kept = Данные хранятся, пока вы не удалите их здесь.
data-kept-months = Если записей нет { $count ->
    [one] { $count } месяц
    [few] { $count } месяца
   *[other] { $count } месяцев
}, ваши данные удаляются автоматически.
data-noted = Заметки о вас есть в выгруженном файле.
data-kept-words = Неотправленные сообщения хранятся один день.
consent-default = Отправляя номер, вы соглашаетесь на его обработку.
consent-read = Подробнее
erase-ask = <b>Удалить всё, что о вас хранится?</b> Отменить это нельзя.
erase-goes = Удалятся: имя, телефон, ник, комментарии и сообщения, заметки о вас, выбор языка.
erase-stays = Останутся: прошлые записи и суммы без имени, они нужны для учёта.
erase-role = Вы в команде: после удаления доступа не будет.
erase-first = <b>Сначала:</b>
erase-first-upcoming = отмените предстоящие записи:
erase-first-admin = пригласите другого администратора: вы единственный.
erased = Ваши данные удалены.

## Без тупиков
menu-refreshed = Меню обновилось
use-buttons = Пожалуйста, пользуйтесь кнопками ниже.
bot-description = { $business }: онлайн-запись в любое время. Здесь видно свободное время, запись можно перенести или отменить, а бот о ней напомнит. Нажмите «Запустить».
bot-short-description = { $business }: онлайн-запись
command-start = Открыть меню
command-help = Что умеет бот
command-cancel = Прервать начатое
help = <b>{ $business }</b>: записаться, перенести и отменить запись можно прямо здесь.
    /start открывает меню, /cancel прерывает начатое.
start-over = Сейчас ввести текст не получится. Попробуйте через минуту.
refused = Это недоступно.
refused-slot-taken = Это время только что заняли. Вот свободное время:
refused-time = На это время уже не записаться. Вот свободное время:
refused-taken = Это время успели занять.
refused-no-time = На это время уже не записаться.
refused-too-late = Здесь эту запись менять уже поздно. Пожалуйста, позвоните.
refused-limit = У вас уже столько предстоящих записей, сколько можно.
refused-overlap = На это время у вас уже есть запись: { $when }. Новую мы не создали.
refused-step = За это время запись изменилась.
refused-in-use = Сначала, пожалуйста, отмените предстоящие записи.
refused-code = Это приглашение не действует.
refused-rate = Слишком быстро. Подождите немного и попробуйте ещё раз.
refused-closed = Запись сейчас отключена.
outage-booking = <b>Запись ещё не создана. Ничего не сохранено.</b>
    Сейчас нет связи. Попробуйте ещё раз.
outage = Сейчас нет связи. Ничего не изменилось. Попробуйте ещё раз.
in-group = <b>{ $business }</b>: записаться можно в личном чате, там записи видите только вы.
button-private = Открыть личный чат
bad-link = Эта ссылка не работает.
lost-role = Вы больше не сотрудник. Записываться как клиент можно по-прежнему.

## Сотрудники
invited-admin = Вас приглашают стать администратором: <b>{ $business }</b>.
invited-staff = Вас приглашают в команду: <b>{ $business }</b>.
invited-specialist = Вас приглашают в команду: <b>{ $business }</b>, мастер <b>{ $name }</b>.
invited-welcome = Добро пожаловать в команду!
day-summary = <b>{ $day }</b>: { $count ->
        [0] записей нет
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }{ $held ->
        [0] {""}
        [one] , { $held } бронь
        [few] , { $held } брони
       *[many] , { $held } броней
    }, первая в { $first }
day-of = <b>{ $name }</b>: { $count ->
        [0] записей нет
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }{ $held ->
        [0] {""}
        [one] , { $held } бронь
        [few] , { $held } брони
       *[many] , { $held } броней
    }
day-empty = <b>{ $day }</b>: записей нет
working = Рабочее время: { $shifts }
shift = { $start }–{ $end }
shift-night = { $start }–{ $end } следующего дня
shift-until = до { $end }
shift-all-day = круглые сутки
label-asks-to-move = { $booking } (просит перенос)
label-held = { $booking } (бронь)
day-off = Выходной
bookings-count = { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }
client-coming = Клиент ответил, что придёт.
client-late-min = Клиент опоздает примерно на { $minutes } минут.
client-late = Клиент отменил запись позже срока бесплатной отмены.
staff-cancel-ask = Отменить запись { $when } ({ $name })?
saved = Сохранено

## Сообщения
notice-booked = <b>Вы записаны.</b>
notice-restored = <b>Ваша запись снова действует.</b>
notice-moved = <b>Ваша запись перенесена.</b>
notice-places = <b>В вашей записи изменилось число мест.</b>
notice-was = Было: { $when }.
notice-time-stays = Время то же, мастер другой.
notice-placed = Вас примет другой мастер. Если это неудобно, перенесите или отмените запись бесплатно до её начала.
notice-unanswered = <b>Запись отменена:</b> это время стало недоступно, а другое выбрано не было.
notice-time-stands = <b>Хорошая новость: ваше время остаётся за вами.</b>
notice-cancelled = <b>Ваша запись отменена.</b>
notice-reminder = { $when }: { $service }, { $specialist }. Придёте?
now-stands = Актуальная запись: { $when }, { $service }, { $specialist }.
now-tested = Это была пробная запись: { $when }, { $service }. Её больше нет.
now-ended = { $when }: { $service }. { $status }.
reminder-over = { $when }: { $service }, { $specialist }.
notice-from = <b>Вам пишет { $name }</b>
notice-words = <b>Вам сообщение</b>
notice-answer = <b>Вам сообщение</b>
notice-late = <b>Вам сообщение</b>
notice-approval-asked = <b>Запрос отправлен.</b> Напишем, как только будет ответ.
notice-approved = <b>Ваша запись подтверждена.</b>
notice-declined = <b>К сожалению, записать вас на это время не получится.</b> Выберите, пожалуйста, другое.
notice-request-expired = <b>Извините, на ваш запрос не успели ответить.</b> Вот свободное время:
notice-move-requested = <b>Просят другое время</b>
notice-move-kept = <b>Ваше время остаётся прежним.</b> Другое подобрать не получилось.
notice-move-unanswered = <b>Ваше время остаётся прежним.</b> На просьбу о другом не ответили вовремя.
notice-approval-reminder = <b>Запрос отправлен.</b>
notice-broadcast = <b>Сообщение для вас</b>
notice-code = <b>Сообщение для вас</b>
notice-text = <b>Сообщение для вас</b>
notice-empty = Сообщение для вас
codes-none = Кода для вас пока нет. Если вы только что указали номер на странице записи, проверьте, что в разделе «Мои данные» указан тот же.
notice-otp = Ваш код для страницы записи: <code>{ $code }</code>
    Этим кодом подтверждают запись на ваше имя. Если вы его не запрашивали, ничего не делайте и никому его не сообщайте.
staff-booked = <b>Новая запись</b>
staff-places = <b>Изменилось число мест</b>
staff-restored = <b>Отменённая запись снова действует</b>
staff-moved = <b>Запись перенесена</b>
staff-cancelled = <b>Запись отменена</b>
staff-unanswered = <b>Запись отменена:</b> клиент так и не выбрал другое время
staff-move-asked = <b>Нового времени всё ещё нет:</b> клиента спросили, он не ответил. Позвоните, пожалуйста.
staff-cancelled-late = <b>Поздняя отмена</b>
staff-words = <b>Пишет { $name }</b>
staff-answer = <b>Сообщение</b>
answered-by = Ответ дан: { $name }
answer-ask = Клиент: <b>{ $name }</b>. Напишите ответ одним сообщением. Он уйдёт сразу.
answer-sent = Ответ отправлен.
answer-not-sent = Ваш ответ не отправлен:
button-answer = Ответить
button-all-the-same-send = Отправить и мой
staff-late = <b>{ $name }: опоздает примерно на { $minutes } минут, запись на { $time }</b>
staff-reminder = <b>Скоро запись</b>
staff-approval-asked = <b>Запрос ждёт вашего ответа</b>
staff-approval-reminder = <b>Запрос всё ещё ждёт вашего ответа</b>
staff-move-requested = <b>Клиент просит другое время</b>
staff-move-kept = <b>Время остаётся</b>
staff-move-unanswered = <b>Время остаётся</b>
staff-request-expired = <b>Запрос больше не действует</b>
move-accepted-by = <b>Время изменено: { $name }</b>
move-declined-by = <b>Время оставлено: { $name }</b>
move-expired = <b>Вовремя никто не ответил: запись остаётся как есть</b>
move-withdrawn = <b>Просьба о другом времени больше не ждёт ответа</b>
move-not-possible = Это время уже занято. Выберите другое или оставьте прежнее.
request-answer-by = Ответить до { $when }
request-deciders = Решают: { $names }
request-admins = администраторы
request-somebody = администратор
request-approved-by = <b>Запрос одобрен: { $name }</b>
request-declined-by = <b>Запрос отклонён: { $name }</b>
request-expired = <b>Вовремя никто не ответил: запрос больше не действует</b>
request-withdrawn = <b>Клиент отозвал запрос</b>
request-cancelled = <b>Запрос отменён</b>
staff-approved = <b>Запись одобрена</b>
staff-declined = <b>Запись отклонена</b>
staff-broadcast = <b>Сообщение</b>
staff-code = <b>Сообщение</b>
staff-text = <b>Сообщение</b>
staff-visitors-hold-much = <b>На странице записи держат много времени и не записываются</b>
    Возможно, кто-то балуется или страницу использует посторонний сайт. Каждая бронь освобождается через несколько минут, и большая часть каждого дня остаётся открытой для клиентов в Telegram. Если это продолжится, попросите того, кто обслуживает бота, на время отключить страницу.
team-news = <b>Новости команды и клиентов</b>
team-news-over = Это уже неактуально.
team-off = <b>{ $name }</b>: выходной { $when }
team-back = <b>{ $name }</b>: снова работает { $when }
team-joined = <b>{ $name }</b>: теперь в команде
team-joined-admin = <b>{ $name }</b>: теперь администратор
team-coming = <b>{ $name }</b>: придёт { $when }, { $services }
button-days-off-of = Выходные: { $name }
coming-thanks = Спасибо, до встречи!
declined-here = Отклонено.
decline-ask = Отклонить запрос { $when }? Клиент: <b>{ $name }</b>. Напишите причину, клиент её прочтёт. Например: «В этот день у нас курсы».
keep-time-ask = Оставить { $when }? Клиент: <b>{ $name }</b>. Напишите причину, клиент её прочтёт. Например: «В тот вечер всё занято».
kept-here = Время остаётся, клиенту сообщим.

## Администратор: главная и первые шаги
button-manage = Управление
button-bookings = Записи
button-clients = Клиенты
button-services = Услуги
button-staff = Сотрудники
button-schedules = Графики
button-closures = Нерабочие дни
button-figures = Показатели
button-broadcast = Рассылка
button-exports = Выгрузки
button-rooms = Кабинеты
button-policies = Настройки
button-share-link = Поделиться ссылкой
button-audit = Журнал изменений
manage = <b>{ $business }</b>. Выберите раздел:
ready = <b>{ $business }</b>. Готово к открытию: <b>{ $done } из { $all }</b>
todo-name = Название
todo-zone = Часовой пояс
todo-currency = Валюта
todo-address-alone = Адрес
todo-address = Часовой пояс и адрес
todo-phone = Телефон для клиентов (необязательно)
todo-services = Услуги
todo-staff = Сотрудники
todo-hours = Часы работы
todo-test = Пробная запись
todo-share = Ссылка и QR-код для клиентов
zone-fixed = Часовой пояс: { $zone }. Изменить его может тот, кто обслуживает бота.

## Администратор: день и запись клиента
button-everyone = Все мастера
button-book-for-them = Записать
button-book-for = Записать клиента
button-other-time = Другое время
button-book = Записать
button-somebody-else = Другой клиент
day-off-names = Выходной: { $names }
day-nobody = Здесь пока никто не работает. Добавьте мастера в управлении.
day-free = Свободно: { $span }
gap = { $start }–{ $end } свободно
gap-title = <b>{ $name }</b>, { $day }, свободно { $start }–{ $end }
gap-which = На что записать?
gap-when = На какое время?
gap-nothing = Сюда запись уже не поместится. Выберите другое время.
gap-too-short = Это окно короче любой услуги.
gap-exactly = Ровно в { $time }
any-specialist = Любой мастер
book-for-whom = Запись клиента. Какая услуга?
book-for-client = Запись клиента: <b>{ $name }</b>. Какая услуга?
book-for-name = Клиент: <b>{ $name }</b>
book-for-nothing = Пока нет услуг, у которых есть мастер. Добавьте их в управлении.
book-for-ask = Создать запись? Клиент: <b>{ $name }</b>
book-for-done = <b>Клиент записан.</b>
overlap-staff = На это время у клиента уже есть запись: { $when }. Новую мы не создали.
button-all-the-same = Всё равно записать
button-open-booking = Открыть ту запись

## Администратор: записи
bookings = Записи
bookings-none = Таких записей нет.
button-find = Найти клиента
button-waiting = { $count ->
        [one] { $count } запрос ждёт ответа
        [few] { $count } запроса ждут ответа
       *[many] { $count } запросов ждут ответа
    }
any-day = Любой день
list-upcoming = Предстоящие
list-pending = Ждут ответа
list-past = Прошедшие
list-cancelled = Отменённые
list-missed = Не пришли
choose-status = Какие записи показать?
choose-specialist = Чьи записи?
choose-day = Какой день?

## Администратор: клиенты
clients = <b>Клиенты</b>
clients-none = <b>Клиенты</b>
    Пока никого. Поделитесь ссылкой на бота или добавьте клиента сами.
button-joins = Один человек? { $count }
button-joined = Объединены недавно
joins = Возможно, эти клиенты есть у вас дважды: записанные вручную и в Telegram. Нажмите, чтобы сравнить.
joins-none = Сравнивать нечего.
label-join = { $walkin } = { $client }?
label-joined = { $walkin } = { $client } ✓
join-ask = Это один человек? Тогда записи, блокировки и заметки станут общими.
join-joined = Теперь это один клиент.
join-walk-in = Записан вручную:
join-client = В Telegram:
join-undo-until = Можно отменить до { $when }.
join-outdated = Здесь уже что-то изменилось.
button-same-person = Один человек
button-two-people = Разные люди
button-undo-join = Отменить
audit-client-joined = объединены два клиента
audit-client-parted = разделены два клиента
audit-client-kept-apart = два клиента оставлены раздельно
client-nameless = Без имени
client-blocked-mark = заблокирован
client-ask = Кто это? Напишите имя, телефон, ник в Telegram, метку или их часть. Например: Мария или 4567
client-found = Нашлось по «{ $query }»
client-more = Нашлось по «{ $query }», и есть ещё. Напишите имя или номер полнее.
client-none = По «{ $query }» никого нет. Попробуйте другую часть имени или номера либо добавьте нового клиента.
client-new-ask = Напишите имя и телефон, если он известен. Например: Мария Петрова, +7 900 123-45-67
client-new-again = Напишите имя и, если он известен, номер: от 5 до 15 цифр. Например: Мария Петрова, +7 900 123-45-67
client-added = <b>Клиент добавлен.</b>
client-not-told = Клиента нет в Telegram, сообщение ему не придёт: предупредите, пожалуйста, сами.
client-bookings = { $bookings ->
        [0] Прошлых записей нет
        [one] { $bookings } запись
        [few] { $bookings } записи
       *[many] { $bookings } записей
    }, не пришёл: { $missed }
client-last = Последняя запись: { $when }
client-note = Для администраторов: { $note }
write-in-telegram = Написать в Telegram
client-count = { $bookings ->
        [one] { $bookings } запись
        [few] { $bookings } записи
       *[many] { $bookings } записей
    }
client-last-day = последняя { $day }
client-of-others = у вас ещё не записывался
client-tags = Метки: { $tags }
client-team-note = Для команды: { $note }
client-not-answered = Клиент пока не ответил, придёт ли.
clients-with-tag = <b>Клиенты</b> с меткой «{ $tag }»
client-tags-choose = <b>{ $name }</b>: метки. Нажмите, чтобы добавить или убрать.
tags = <b>Метки</b>: выберите, чтобы увидеть, у кого она есть.
tags-none = Меток пока нет. Добавьте их в карточке клиента.
tag-ask = Напишите метку, не длиннее { $most } символов, или несколько через запятую. Например: VIP, окрашивание
tag-not-read = Так не получится: в метке до { $most } символов, у клиента до { $tags } меток. Например: VIP, окрашивание
tags-too-many = У клиента не больше { $most } меток. Сначала уберите одну.
tag-gone = Этой метки больше ни у кого нет.
team-note-ask = <b>{ $name }</b>: что важно знать всем, кто работает с клиентом? Заметку видят мастера и администраторы, а клиент — в копии своих данных. Например: аллергия на латекс
note-replaced = Новый текст заменит этот.
note-too-long = Здесь { $count } символов, а в заметке до { $most }. Ничего не сохранено: пришлите короче.
note-changed = Эту заметку тем временем изменили, ваша не сохранена. Вы написали:
button-client = Клиент
button-team-note = Заметка команде
button-tags = Метки
button-new-tag = Новая метка
button-by-tag = По метке
button-all-clients = Все клиенты
client-blocked = Заблокирован: записаться не может.
client-offline = Не в Telegram: записываете вы.
client-unreachable = Бот у клиента остановлен: сообщения не доходят.
client-history = Все записи: <b>{ $name }</b>
client-history-none = Записей пока нет: <b>{ $name }</b>
client-change-ask = <b>{ $name }</b>: напишите новое имя, новый номер или то и другое. Например: Мария Петрова, +7 900 123-45-67
note-ask = <b>{ $name }</b>: что запомнить? Заметку видят администраторы, а клиент — в копии своих данных. Например: любит утро
block-ask = Заблокировать: <b>{ $name }</b>? Клиент больше не сможет записаться, нынешние записи останутся.
button-add-typed = Добавить «{ $name }»
button-new-client = Новый клиент
button-note = Для администраторов
button-forget-note = Убрать заметку
button-name-phone = Имя и телефон
button-block = Заблокировать
button-yes-block = Да, заблокировать
button-unblock = Разблокировать

## Сотрудники: часы, выходные, сообщения
button-unmarked = Отметить, кто пришёл: { $count }
unmarked = { $count ->
    [0] Все записи за последние 7 дней отмечены.
    [one] { $count } запись за последние 7 дней прошла, и никто не отметил, пришёл ли клиент. Нажмите, чтобы отметить.
    [few] { $count } записи за последние 7 дней прошли, и никто не отметил, пришли ли клиенты. Нажмите, чтобы отметить.
   *[other] { $count } записей за последние 7 дней прошли, и никто не отметил, пришли ли клиенты. Нажмите, чтобы отметить.
    }
button-my-hours = Мои часы
button-day-off = Выходной
button-hours = Часы работы
button-dates = Отдельные даты
button-this-week = Эта неделя
button-message = Написать
button-send-message = Отправить
button-write-again = Написать заново
button-to-specialist = К мастеру
button-copy-workdays = Так же пн–пт
button-copy-week = Так же каждый день
button-pick-date = Выбрать дату
button-pick-dates = Выбрать даты
button-one-day = Только этот день
button-as-usual = Как обычно
button-reason = Причина
button-take-off = Взять выходной
button-offer-times = Предложить другое время
button-keep-bookings = Оставить, новых не принимать
button-cancel-notify = Отменить и сообщить
button-open-my-booking = Открыть мою запись
button-notices = Уведомления
notices-ask = О чём вам писать?
    Запросы, которые ждут вашего ответа, приходят всегда.
notices-all = О каждой записи и изменениях
notices-changes = Только о переносах и отменах
notices-none = Ни о чём
label-day = { $day }: { $count }
label-take-back = { $what } · вернуть
week-title = <b>{ $first } – { $last }</b>: { $count ->
        [0] записей нет
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }
week-line = { $day }: { $hours }
button-week-of = Неделя
button-month-of = Месяц
button-year = Год
choose-month = Какой месяц?
month-title = <b>{ $month }</b>: { $count ->
        [0] записей нет
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }
month-legend = { $booked } есть записи · { $waiting } ждёт вас · { $closed } закрыто
waits-for-you = Ждёт вас: { $what }
waiting-requests = запросы: { $count }
waiting-tasks = нужно новое время: { $count }
waiting-unmarked = без отметки: { $count }
clients-coming = придут: { $count }
clients-silent = ещё не ответили: { $count }
hours-title = <b>Часы работы: { $name }</b>
hours-none = Часов работы пока нет.
hours-usual = как обычно
hours-off = выходной
hours-ask = <b>{ $day }</b>, сейчас: { $hours }
    Нажмите на подходящие часы или напишите свои. Например: 10:00-14:00, 15:00-19:00
hours-type-week = Нажмите день или напишите часы сразу для нескольких. Например: пн-пт 9:00-18:00, сб 10:00-14:00
hours-not-read = Не получилось прочитать эти часы.
hours-which = Какие часы вы имели в виду?
hours-guessed = Сохранено, как показано. Если вы имели в виду другие часы, нажмите на них.
hours-next-day = { $hours } следующего дня
hours-overlap = Эти часы пересекаются.
dates-title = <b>Другие часы в отдельные даты: { $name }</b>
dates-none = <b>Другие часы в отдельные даты: { $name }</b>
    Пока таких нет: в каждую дату действует обычная неделя.
dates-pick = В какую дату часы другие?
dayoff-title = <b>Выходные: { $name }</b>
    В какие дни?
dayoff-first = С какого дня?
dayoff-last = С { $day }. По какой день включительно?
dayoff-ask = Выходной: <b>{ $days }</b> ({ $name })?
dayoff-reason = Причина: { $reason }
dayoff-reason-ask = Напишите причину, её увидят только сотрудники. Например: отпуск
dayoff-done = Выходной: <b>{ $days }</b>
affected = <b>{ $count ->
        [one] Это затронет { $count } запись
        [few] Это затронет { $count } записи
       *[many] Это затронет { $count } записей
    }</b>
affected-stay = { $count ->
        [one] { $count } запись остаётся как есть.
        [few] { $count } записи остаются как есть.
       *[many] { $count } записей остаются как есть.
    }
change-ask = <b>Тогда эти записи не состоятся.</b> Что с ними сделать?
hours-change-ask = <b>С такими часами эти записи не состоятся.</b> Что с ними сделать?
affected-missed = { $count ->
        [one] До { $count } клиента сообщение не дойдёт: позвоните, пожалуйста.
        [few] До { $count } клиентов сообщение не дойдёт: позвоните, пожалуйста.
       *[many] До { $count } клиентов сообщение не дойдёт: позвоните, пожалуйста.
    }
affected-cancelled = { $count ->
        [1] Отменена 1 запись, клиенту сообщим.
        [one] Отменена { $count } запись, клиентам сообщим.
        [few] Отменены { $count } записи, клиентам сообщим.
       *[many] Отменено { $count } записей, клиентам сообщим.
    }
affected-offered = { $count ->
        [one] Попросили { $count } клиента выбрать другое время.
        [few] Попросили { $count } клиентов выбрать другое время.
       *[many] Попросили { $count } клиентов выбрать другое время.
    }
message-ask = Что написать клиенту? <b>{ $name }</b>, { $booking }
    Напишите одним сообщением. Например: «Приходите, пожалуйста, на десять минут раньше.»
message-preview = Клиент: <b>{ $name }</b>

    { $text }
message-sent = Сообщение отправляется.
message-unreachable = Сообщение до этого клиента не дойдёт. Пожалуйста, позвоните.
moved-for = <b>Перенесли на { $when }.</b>
client-told = Клиенту сообщим.
command-book = Записаться
command-mybookings = Мои записи
command-today = Сегодня
command-week = Неделя
command-hours = Мои часы работы
command-dayoff = Взять выходной
command-manage = Управление
command-bookings = Все записи
command-clients = Клиенты
not-read = Не получилось это прочитать. Попробуйте ещё раз.
name-taken = Такое название уже есть.
now-is = Сейчас: { $value }
yes = да
no = нет
days = { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[many] { $count } дней
    }

## Сотрудники: история записи
button-history = История
history-title = <b>Что было с записью</b>
history-line = { $when } · { $who }: { $what }
history-by-visitor = Посетитель страницы записи
history-hold = бронь
history-book = запись создана
history-asked = запрос
history-approve = запрос одобрен
history-decline = запрос отклонён
history-ask-move = просьба о другом времени
history-decline-move = время оставлено
history-withdraw-move = просьба о другом времени отозвана
history-moved = перенос
history-move = перенос с { $old } на { $new }
history-hands = { $moved }, мастер: { $old } → { $new }
history-zone-rules = { $moved } (перевели часы)
history-zone-changed = { $moved } (изменён часовой пояс, время по часам прежнее)
history-keep-instant = { $moved } (пересчёт по старому часовому поясу)
history-cancel = отмена
history-reason = { $what }: { $reason }
history-undo = запись возвращена
history-arrived = отметка «пришёл»
history-complete = запись завершена
history-no-show = отметка «не пришёл»
history-unmark = отметка снята
history-coming = ответ «приду»
history-late = предупреждение об опоздании
history-comment = изменён комментарий
history-came = { $what }: { $came } из { $places }
history-places = мест: { $old } → { $new }
history-expire = не подтверждено вовремя
history-unanswered = никто не ответил вовремя
history-take-over = бронь со страницы записи перешла клиенту
history-give-back = бронь снята

## Администратор: услуги
services-title = <b>Услуги</b>
services-none = <b>Услуги</b>
    Пока нет ни одной. На что смогут записаться клиенты?
button-add-service = Добавить услугу
button-another-service = Ещё одна услуга
button-next-staff = Дальше: сотрудники
button-price = Цена
button-duration = Длительность
button-name = Название
button-person-name = Имя
button-description = Описание
button-buffer-before = Пауза до
button-buffer-after = Пауза после
button-capacity = Размер группы
button-who-does = Кто выполняет
button-copy-link = Скопировать ссылку
button-archive = Убрать услугу
button-yes-archive = Да, убрать
button-done = Готово
new-service = Как называется услуга? Напишите название. Например: Стрижка
ask-service-name = <b>{ $name }</b>: напишите новое название.
ask-duration = <b>{ $name }</b>: сколько это длится?
    Нажмите или напишите. Например: 75 или 1 ч 15 мин
ask-price = <b>{ $name }</b>: сколько это стоит?
    Нажмите или напишите. Например: 1500 или от 1500
ask-description = <b>{ $name }</b>: что стоит знать клиентам? Напишите это.
ask-buffer-before = <b>{ $name }</b>: сколько минут на подготовку перед каждой записью?
    Нажмите или напишите. Например: 10
ask-buffer-after = <b>{ $name }</b>: сколько минут на уборку после каждой записи?
    Нажмите или напишите. Например: 10
ask-capacity = <b>{ $name }</b>: сколько клиентов одновременно?
    Нажмите или напишите. Например: 8
button-category = Категория
ask-category = <b>{ $name }</b>: в какой категории её искать?
    Напишите. Например: Волосы. Чтобы убрать категорию, пришлите тире.
price-none = бесплатно
service-terms = { $price } · { $span }
service-category = Категория: { $category }
service-buffers = Пауза до: { $before }, после: { $after }
service-capacity = Группа до { $count }
service-who = Выполняют: { $who }
service-nobody = <b>Пока никто не выполняет</b>, поэтому записаться нельзя.
service-who-ask = Кто выполняет: <b>{ $name }</b>?
service-added = <b>{ $name }</b>: услуга добавлена.
service-rooms = Что нужно: <b>{ $name }</b>? Каждая запись занимает по одному.
archive-ask = Убрать услугу: <b>{ $name }</b>? Клиенты больше не смогут на неё записаться. Прошлые записи останутся как есть.
keep-old-terms = { $count ->
        [one] { $count } предстоящая запись остаётся на прежних условиях.
        [few] { $count } предстоящие записи остаются на прежних условиях.
       *[many] { $count } предстоящих записей остаются на прежних условиях.
    }

## Администратор: сотрудники
staff-title = <b>Сотрудники</b>
staff-none = <b>Сотрудники</b>
    Пока никого нет. К кому будут приходить клиенты?
button-add-specialist = Добавить мастера
button-invite-admin = Пригласить администратора
button-invite = Пригласить
button-work-alone = Работаю без сотрудников
works-alone = Мастер — вы ({ $name }): записи приходят вам, все услуги ваши. Когда вы работаете?
button-me = Это я
button-revoke = Закрыть доступ
button-yes-revoke = Да, закрыть
button-revoke-invitation = Отозвать приглашение
button-copy-code = Скопировать код
button-their-services = Услуги
button-next-hours = Дальше: часы работы
button-usual-terms = Обычные цена и длительность
button-remove = Убрать
button-yes-remove = Да, убрать
label-admin = { $name } (администратор)
label-no-account = { $name } (без доступа)
new-specialist = Как зовут мастера? Напишите имя, как его увидят клиенты. Например: Анна
ask-specialist-name = <b>{ $name }</b>: напишите новое имя.
offers-ask = <b>{ $name }</b>: какие услуги?
offers-none = <b>{ $name }</b>: услуг пока нет, выбирать не из чего.
own-terms = <b>{ $name }</b>, { $service }: { $terms }
specialist-idle = Услуг пока нет.
account-of = В боте: { $name }.
account-none = Доступа в бот пока нет: пригласите, чтобы мастер видел свой день.
invitation = Отправьте эту ссылку мастеру. Она сработает один раз, до { $until }:
    { $link }

    Или пусть мастер напишет боту этот код: <code>{ $code }</code>
invitation-admin = <b>Кто откроет эту ссылку, будет управлять вместе с вами.</b> Она сработает один раз, до { $until }:
    { $link }

    Или пусть новый администратор напишет боту этот код: <code>{ $code }</code>
admin-card = <b>{ $name }</b>: администратор, видит и меняет здесь всё.
revoke-ask = Закрыть доступ: <b>{ $name }</b>? Это подействует сразу; календарь и записи останутся.
revoke-admin-ask = <b>{ $name }</b> больше не администратор? Это подействует сразу.
refused-last-admin = Вы единственный администратор. Сначала пригласите другого.
remove-ask = Убрать мастера: <b>{ $name }</b>? Прошлые записи останутся как есть.
schedules-title = <b>Графики</b>

## Администратор: нерабочие дни, кабинеты, ссылка
closures-title = <b>Нерабочие дни</b>
closures-none = <b>Нерабочие дни</b>
    Пока нет. Сюда вносят праздники и другие дни, когда закрыто всё.
closure-pick = С какого дня вы закрыты?
closure-last = Закрыто с { $day }. По какой день включительно?
closure-ask = Закрыть: <b>{ $days }</b>? Записаться на это время будет нельзя.
closure-done = Закрыто: <b>{ $days }</b>.
room-in-use = Это ещё нужно услуге: сначала измените услугу.
button-close-day = Закрыть день
button-close = Закрыть
rooms-title = <b>Кабинеты и оборудование</b>
rooms-explained = <b>Кабинеты и оборудование</b>
    Нужны, только если их может не хватить: например, два кресла на трёх мастеров.
rooms-none = <b>{ $name }</b>: кабинетов и оборудования для этой услуги пока нет.
button-add-room = Добавить
label-room = { $name }: { $count }
new-room = Как это называется? Напишите название. Например: Кресло
room-count-ask = <b>{ $name }</b>: сейчас { $count }. Сколько их всего?
rooms-kept = { $count ->
        [one] { $count } предстоящая запись сохраняет своё место.
        [few] { $count } предстоящие записи сохраняют своё место.
       *[many] { $count } предстоящих записей сохраняют своё место.
    }
now-open = <b>Вы открыты!</b> { $business }: клиенты записываются здесь:
    { $link }
    Разместите ссылку там, где вас ищут, и распечатайте QR-код ниже. Пробная запись удалена: отчёты и списки пока пусты.
share = <b>Здесь записываются ваши клиенты:</b>
    { $link }

    Отправьте ссылку, поставьте её на сайт или распечатайте QR-код.
button-send-link = Отправить
button-qr = QR-код
qr-caption = { $business }: { $link }

## Администратор: настройки
policies-title = <b>Настройки</b>
button-address = Адрес
button-phone = Телефон
ask-name = <b>Как называется ваш бизнес?</b> Напишите название так, как его увидят клиенты. Например: Барбер Хаус
name-not-read = В названии должно быть от 1 до { $most } видимых символов.
ask-zone = <b>Где вы находитесь?</b> Нажмите на город с таким же временем или напишите свой. Например: Казань
ask-zone-which = В каком из этих городов время такое же, как у вас? Нажмите на него или напишите другой город.
ask-currency = <b>В какой валюте цены?</b> Нажмите на неё или напишите код, знак или название.
ask-currency-which = Что из этого вы имеете в виду?
basics-locked = Здесь это больше нельзя изменить.
basics-fixed = Что здесь без кнопки, меняет тот, кто обслуживает бота.
currency-other-file = <b>В файле на сервере указана валюта { $file }, а записи — в { $currency }.</b> Цены остаются в { $currency }. Попросите того, кто обслуживает бота, вернуть { $currency } в файл.
name-line = Название: { $name }
currency-line = Валюта: { $currency }
language-line = Язык бота: { $language }
button-bot-speaks = Бот говорит по-русски
ask-address = Какой у вас адрес? По нему клиентам откроется карта. Напишите его. Например: Москва, Ленина, 5
    Часовой пояс: { $zone }
ask-phone = По какому номеру вам звонить? Напишите его или несколько через запятую. Например: +7 495 000-00-00, 8-800-555-35-35
phones-not-read = Не сохранено. Напишите номер, в котором не меньше четырёх цифр, или до { $most } номеров через запятую, каждый не длиннее 32 знаков.
policy-step = Шаг времени
policy-step-ask = С каким шагом показывать клиентам свободное время?
policy-notice = Минимум до начала
policy-notice-ask = За сколько до начала клиенты ещё могут записаться?
policy-horizon = Запись открыта вперёд на
policy-horizon-ask = На сколько дней вперёд можно записаться?
policy-cancel = Срок бесплатной отмены
policy-cancel-ask = За сколько до начала отмена ещё бесплатна? Позже клиент тоже может отменить запись, но такая отмена считается поздней.
policy-hold = Держать время
policy-hold-ask = Сколько держать время для того, кто ещё не подтвердил запись?
policy-approval = Новые записи
policy-approval-ask = Хотите одобрять каждую запись сами?
button-privacy = Персональные данные
privacy-title = <b>Персональные данные</b>
privacy-consent = С чем соглашаются клиенты, когда у них просят номер:
privacy-no-consent = согласие не спрашивается
privacy-never = Данные клиентов, которые больше не приходят: <b>хранятся</b>
privacy-after = Данные клиентов, которые больше не приходят, удаляются через <b>{ $count ->
    [one] { $count } месяц
    [few] { $count } месяца
   *[other] { $count } месяцев
}</b>
privacy-explained = Удаляются имя, телефон, ник, заметки и сообщения; записи, суммы и история остаются. Заблокированные клиенты и сотрудники остаются. Ниже видно, скольких клиентов сейчас касается каждый срок.
privacy-button-never = Хранить
privacy-ask = Удалять данные клиентов, у которых нет записей уже { $months }? Сейчас это { $count ->
    [one] <b>{ $count } клиент</b>
    [few] <b>{ $count } клиента</b>
   *[other] <b>{ $count } клиентов</b>
}, удаление начнётся в течение часа и дальше идёт автоматически. Записи, суммы и история остаются. Отменить это нельзя.
button-yes-retention = Да, удалять
button-consent = Написать текст
button-no-consent = Не спрашивать
months = { $count ->
    [one] { $count } месяц
    [few] { $count } месяца
   *[other] { $count } месяцев
}
clients-count = { $count ->
    [one] { $count } клиент
    [few] { $count } клиента
   *[other] { $count } клиентов
}
consent-ask = Напишите текст и ссылку одним сообщением. Например: «Отправляя номер, вы соглашаетесь с правилами обработки данных. https://barber.example/privacy»
consent-not-read = Нужна одна ссылка, например https://barber.example/privacy (https, не http), и не больше 300 знаков перед ней.
reminders-late = Эти напоминания приходят, когда отмена уже считается поздней: { $reminders }. Напоминайте раньше или сократите срок бесплатной отмены.
policy-request-expiry = Срок ответа на запрос
policy-request-expiry-ask = Сколько запрос может ждать ответа? Ночь не считается; самое позднее он истекает за час до начала.
policy-reminders = Напоминания
policy-reminders-ask = Когда напоминать клиентам о записи?
policy-limit = Максимум записей у клиента
policy-limit-ask = Сколько предстоящих записей может быть у одного клиента?
policy-quiet = Тихие часы
policy-quiet-ask = В какие часы не писать клиентам? Сообщения подождут до утра.
policy-phone = Номер телефона
policy-phone-ask = Спрашивать у клиентов номер при записи?
policy-contacts = Мастерам видны контакты
policy-contacts-ask = Видят ли мастера телефон и ник своих клиентов? Администраторы видят их всегда. Мастер находит только своих клиентов, а по полному номеру — любого.
policy-buffers = Паузы только в часы работы
policy-buffers-ask = Должны ли паузы вокруг записи тоже помещаться в часы работы?
at-once = нет
until-start = до начала
approval-by-hand = одобрять вручную
approval-at-once = подтверждать сразу
phone-not-asked = не спрашивать
phone-asked = спрашивать, можно пропустить
phone-must = обязательно
none-sent = нет
eg-minutes = Или напишите. Например: 25
eg-span = Или напишите. Например: 90 мин, 3 ч или 2 д
eg-number = Или напишите число. Например: 45
eg-quiet = Или напишите. Например: 22:00-08:00
eg-reminders = Или напишите. Например: 24 ч, 2 ч

## Администратор: журнал изменений
audit-about = Только о: <b>{ $what }</b>
audit-nothing = Пока ничего.
button-audit-all = Показать всё
button-audit-only = Только { $name }
role-admin = администратор
role-specialist = мастер
audit-title = <b>Журнал изменений</b>, сначала новые
button-newest = К новым
button-older = Раньше
audit-number = №{ $number }
audit-by-client = клиент
audit-by-system = Slotgate
audit-by-operator = оператор
audit-by-nobody = неизвестно кто
audit-hold = бронь
audit-book = новая запись
audit-confirm = запись подтверждена
audit-approve = запись одобрена
audit-decline = запись отклонена
audit-ask-move = просьба о другом времени
audit-decline-move = время записи оставлено
audit-withdraw-move = просьба о другом времени отозвана
audit-expire = запрос остался без ответа
audit-move = запись перенесена
audit-cancel = запись отменена
audit-undo = запись возвращена
audit-arrived = клиент отмечен как пришедший
audit-complete = запись завершена
audit-no-show = отмечена неявка
audit-unmark = снята отметка
audit-coming = клиент ответил, что придёт
audit-words = сообщение от клиента
audit-answered = ответ клиенту
audit-late = клиент предупредил об опоздании
audit-comment = изменён комментарий
audit-message = сообщение клиенту
audit-test-removed = пробные записи удалены
audit-code-asked = запрошен код, чтобы подтвердить запись со страницы
audit-take-over = бронь со страницы записи перешла клиенту
audit-give-back = бронь со страницы записи снята
audit-refused = отказано в доступе
audit-broadcast = рассылка отправлена
audit-broadcast-stopped = рассылка остановлена
audit-broadcast-scheduled = назначено время рассылки
audit-broadcast-unscheduled = время рассылки отменено
audit-broadcast-late = рассылка не отправлена: её время прошло
audit-imported = загружен файл бизнеса
audit-client-added = добавлен клиент
audit-client-changed = изменены данные клиента
audit-invited = создано приглашение
audit-invitation-revoked = приглашение отозвано
audit-erased = данные удалены по просьбе клиента
audit-unlinked = удалены данные клиента, который давно не приходил
audit-role-granted = новый сотрудник
audit-role-revoked = доступ закрыт
audit-room-added = добавлен кабинет
audit-room-changed = изменён кабинет
audit-room-removed = убран кабинет
audit-hours = изменены часы работы
audit-date = изменены часы на дату
audit-time-off = взят выходной
audit-time-off-removed = выходной возвращён
audit-closure = день закрыт
audit-closure-removed = день снова открыт
audit-service-added = добавлена услуга
audit-service-changed = изменена услуга
audit-service-removed = убрана услуга
audit-specialist-added = добавлен мастер
audit-specialist-changed = изменены данные мастера
audit-specialist-removed = мастер убран
audit-tenant-changed = изменены настройки
audit-tenant-created = бизнес создан
audit-tenant-instants = время записей пересчитано по старому поясу
audit-tenant-shared = ссылка для клиентов открыта
audit-tenant-zone = изменён часовой пояс

## Администратор: рассылки
broadcasts = <b>Рассылки</b>: одно сообщение всем клиентам или некоторым
broadcasts-none = <b>Рассылки</b>: одно сообщение всем клиентам или некоторым. Пока ничего не отправляли.
broadcast-ask = Напишите сообщение так, как его прочтут клиенты, или пришлите фото с подписью. Например: «В это воскресенье мы работаем с 10 до 16».
broadcast-ask-below = Теперь напишите текст, который будет под фото.
broadcast-too-long = В сообщении не больше { $most } знаков, у вас { $count }. Сократите его.
broadcast-caption-too-long = Под фото помещается не больше { $most } знаков, у вас { $count }. Сократите текст или отправьте его без фото.
broadcast-caption-needs = Под фото помещается не больше { $most } знаков, а текст длиннее. Сначала сократите текст.
broadcast-file = Это файл. Пришлите его как фото, чтобы клиенты увидели его сразу.
broadcast-media = Это здесь не подходит.
broadcast-picture-ask = Пришлите фото. Оно будет над текстом.
broadcast-preview-picture = <b>Вот как его прочтут клиенты под вашим фото:</b>
broadcast-whom = Кому: { $whom }
whom-all = все клиенты
whom-service = кто записывался на услугу «{ $name }»
whom-specialist = клиенты мастера: { $name }
whom-not-seen = { $count ->
        [one] не были { $count } день и дольше
        [few] не были { $count } дня и дольше
       *[many] не были { $count } дней и дольше
    }
whom-tag = с меткой «{ $name }»
broadcast-whom-ask = Кому отправить? Тем, кто отписался от новостей или заблокировал бота, мы не пишем никогда.
broadcast-whom-service = На какую услугу они записывались?
broadcast-whom-specialist = К кому они записывались?
broadcast-whom-tag = Какая у них метка?
broadcast-whom-none = Пока не из чего выбирать.
broadcast-days-ask = Сколько дней они у вас не были? Тем, кто уже записан, не пишем. Выберите или напишите. Например: 45, 3 недели, 2 месяца
broadcast-days-not-read = Это не число дней. Например: 45, 3 недели, 2 месяца
broadcast-books = Кнопка: <b>Записаться</b> → { $service }
broadcast-books-any = Кнопка: <b>Записаться</b> → все услуги
broadcast-books-ask = Под сообщением будет кнопка <b>Записаться</b>. Куда она ведёт?
broadcast-choice-gone = То, что вы выбрали, уже удалили. Выберите ещё раз.
broadcast-time-ask = Когда отправить? Выберите или напишите день и время. Например: завтра в 10:00, пт 18:00, 24 декабря 18:30. Ваше время: { $zone }
broadcast-time-not-read = Это не день и время. Например: завтра в 10:00
broadcast-time-refused = { $when } выбрать нельзя: нужно время впереди, не дальше чем через год.
broadcast-time-skipped = Времени { $when } не будет: часы переводят вперёд. Выберите другое.
broadcast-scheduled = Отправим автоматически: <b>{ $when }</b> ({ $zone })
broadcast-quiet = В тихие часы никого не беспокоим: начнём отправлять { $when }.
broadcast-unscheduled = Отправка отменена
broadcast-blocked = Заблокировали бота: { $count }
broadcast-booked = Записались за 7 дней: { $clients ->
        [one] { $clients } клиент
        [few] { $clients } клиента
       *[many] { $clients } клиентов
    }, { $bookings ->
        [one] { $bookings } запись
        [few] { $bookings } записи
       *[many] { $bookings } записей
    }, { $amount }
broadcast-booked-none = Записались за 7 дней: пока никто
broadcast-read-unknown = Кто прочитал, Telegram не сообщает.
admin-broadcast-late = <b>Рассылка не отправлена.</b> В назначенное время бот не работал дольше суток, и новость могла устареть. Теперь это снова черновик.
broadcast-preview = <b>Вот как его прочтут клиенты:</b>
broadcast-count = { $count ->
        [one] Получит примерно <b>{ $count }</b> клиент.
        [few] Получат примерно <b>{ $count }</b> клиента.
       *[many] Получат примерно <b>{ $count }</b> клиентов.
    }
broadcast-nobody = Отправлять пока некому: ни один клиент ещё не открыл бота.
broadcast-nobody-chosen = Среди тех, кто открыл бот, таких нет. Клиентам, добавленным вручную, сообщения отсюда не приходят.
broadcast-sure = { $count ->
        [one] Отправить <b>{ $count }</b> клиенту сейчас?
        [few] Отправить <b>{ $count }</b> клиентам сейчас?
       *[many] Отправить <b>{ $count }</b> клиентам сейчас?
    } Отправленное не вернуть.
broadcast-draft = Ещё не отправлено.
broadcast-sending = <b>Отправляем</b>: { $done } из { $total }
broadcast-stopped = <b>Остановлено.</b> Получили: { $done } из { $total }
broadcast-done = <b>Отправлено.</b> Получили: { $done } из { $total }
broadcast-missed = Не дошло: { $count }
broadcast-unsure = Могло не дойти: { $count }. Повторно им не пишем, чтобы никто не получил сообщение дважды.
broadcast-follow = Рассылка началась. Её ход виден в сообщении ниже, там же её можно остановить.
broadcast-tried = Отправили вам
broadcast-begun = Отправляем
broadcast-halted = Остановлено
button-write = Написать сообщение
button-try = Отправить мне
button-rewrite = Изменить текст
button-send = { $count ->
        [one] Отправить { $count } клиенту
        [few] Отправить { $count } клиентам
       *[many] Отправить { $count } клиентам
    }
button-send-later = Отправить позже
button-send-now = Отправить сейчас
button-send-never = Не отправлять
button-change-send-time = Другое время
button-picture = Фото
button-no-picture = Без фото
button-whom = Кому
button-book-leads = Кнопка записи
button-book-now = Записаться
button-books-any = Все услуги
button-whom-all = Всем клиентам
button-whom-service = По услуге
button-whom-specialist = По мастеру
button-whom-not-seen = Кого давно не было
button-whom-tag = По метке
label-days = { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[many] { $count } дней
    }
label-draft = Не отправлено · { $what }
label-scheduled = { $when }, ждёт · { $what }
button-stop = Остановить
button-news-off = Отписаться от новостей
button-news-on = Снова получать новости
news-off = Новостей больше не будет. Записей и напоминаний это не касается.
news-on = Вы снова будете получать новости.
button-go-on = { $count ->
        [one] Продолжить: остался { $count }
        [few] Продолжить: осталось { $count }
       *[many] Продолжить: осталось { $count }
    }
button-refresh = Ход рассылки

## Администратор: цифры и выгрузки
figures-booked = { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }, { $revenue }
figures-money = Заработано: { $earned } · запланировано: { $planned } · потеряно: { $lost }
figures-cancelled = Отменено: { $count }
figures-missed = Не пришли: { $count } ({ $share } %)
figures-busiest = Самый занятый день: { $day }, { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    }
figures-specialists = Мастера
figures-services = Услуги
figures-busy = занятость { $share } %
figures-share = { $share } %
figures-utilisation = Занятость { $share } %: { $booked } ч из { $opened } ч работы
figures-clients = Клиенты: { $count }, из них новые: { $new }, повторные: { $known }
figures-new = новые клиенты: { $count }
figures-no-shows = не пришли: { $count }
figures-best-hours = Лучшие часы: { $hours }
figures-free-hours = Самые свободные часы: { $hours }
figures-hours = Занятость по часам недели
figures-occupancy = Занятость
figures-parts = { $what }: выручка и занятость. Выберите, чтобы увидеть всё.
figures-trend-weeks = Последние недели
figures-trend-months = Последние месяцы
figures-caption = Показатели: { $span }
button-trend-weeks = Сравнить недели
button-trend-months = Сравнить месяцы
button-week = По неделям
button-month = По месяцам
button-chart = Показать график
export = <b>Выгрузка</b>
    Все записи: { $first } – { $last }. Выберите период, затем вид файла.
export-caption = Записи: { $first } – { $last }
span-this-month = Этот месяц
span-last-month = Прошлый месяц
span-next-days = Ближайшие 30 дней
span-last-year = Последние 12 месяцев
file-xlsx = Excel
file-csv = CSV
file-ics = Календарь

## Admin: a changed zone
button-zone-change = Часовой пояс изменён
button-keep-instants = Пересчитать по старому поясу
zone-changed = Часовой пояс изменён: { $old } → { $new }. Предстоящие записи остались на том же времени по часам: что было на 14:00, будет в 14:00 по новому поясу.
zone-keep = { $count ->
    [0] Пересчёт по старому поясу не изменил бы ни одной предстоящей записи.
    [one] Если договаривались по старому поясу, время { $count } записи можно пересчитать: один раз, до { $until }. Новое время сообщим.
   *[other] Если договаривались по старому поясу, время { $count } записей можно пересчитать: один раз, до { $until }. Новое время сообщим.
    }
zone-shift = { $client }: { $now } → { $kept }
zone-stays = { $client }: { $now } — останется, { $kept } занято
zone-kept = { $count ->
    [one] Пересчитана { $count } запись.
    [few] Пересчитаны { $count } записи.
   *[other] Пересчитано { $count } записей.
    } Клиентам в Telegram сообщим, остальных предупредите, пожалуйста, сами.{ $stayed ->
    [0] { "" }
    [one] { " " }{ $stayed } осталась на месте: её время занято.
    [few] { " " }{ $stayed } остались на месте: их время занято.
   *[other] { " " }{ $stayed } остались на месте: их время занято.
    }
zone-settled = Пересчитывать больше нечего: прошло 24 часа или кто-то уже решил.
admin-zone-changed = <b>Часовой пояс изменён</b>
    { $old } → { $new }. { $count ->
    [one] { $count } предстоящая запись осталась
    [few] { $count } предстоящие записи остались
   *[other] { $count } предстоящих записей остались
    } на том же времени по часам: что было на 14:00, будет в 14:00 по новому поясу. Клиентам не пишем: их время не изменилось. В течение 24 часов записи можно пересчитать по старому поясу.
admin-instants-kept = <b>Время записей пересчитано по старому поясу</b>
    Пояс: { $old } → { $new }. { $count ->
    [one] Администратор пересчитал { $count } запись
    [few] Администратор пересчитал { $count } записи
   *[other] Администратор пересчитал { $count } записей
    }. Клиентам в Telegram сообщим, остальных предупредите, пожалуйста, сами.
join-asked = <b>Один человек?</b>
    У кого-то в Telegram тот же номер, что у клиента, записанного вручную.
join-apart = Значит, разные люди.

## Записи, которым нужно новое время
new-times-time-off = <b>{ $name }: { $day } не работает.</b>
new-times-hours = <b>{ $name }: { $day } в { $time } не работает.</b>
new-times-closure = <b>{ $day } мы закрыты.</b>
new-times-service = <b>{ $name } больше не выполняет эту услугу: { $service }.</b>
new-times-specialist = <b>{ $name } здесь больше не работает.</b>
new-times-room = <b>К сожалению, это время стало недоступно: { $day }, { $time }.</b>
new-times-capacity = <b>К сожалению, это время стало недоступно: { $day }, { $time }.</b>
new-times-asked = <b>К сожалению, это время стало недоступно.</b> Выберите, пожалуйста, другое.
new-times-same = В то же время вас примет { $name }: { $time }, { $price }.
new-times-same-free = В то же время вас примет { $name }: { $time }.
new-times-others = Ближайшее свободное время:
new-times-none = Скоро ничего свободного нет. Выберите другой день или позвоните нам.
new-times-gone = <b>Это время только что заняли.</b> Ваша запись осталась как была.
new-times-settled = <b>Этот вопрос уже решён.</b>
button-take-it = Подходит
button-new-times = Выбрать новое время
own-task-open = <b>В это время не получится.</b> Выберите другое; перенос и отмена бесплатны.
own-task-placed = Вас примет другой мастер. Перенос и отмена бесплатны до начала.
tasks-count = <b>{ $count ->
        [one] { $count } записи нужно новое время
        [few] { $count } записям нужно новое время
       *[many] { $count } записям нужно новое время
    }</b>
tasks-none = Новое время никому не нужно.
button-tasks = { $count ->
        [one] Нужно новое время: { $count }
        [few] Нужно новое время: { $count }
       *[many] Нужно новое время: { $count }
    }
task-sent = Спросили, ответа пока нет
task-waiting = Сообщение отправляется
task-call = Ещё не знает: позвоните, пожалуйста
task-is-open = <b>Нужно новое время</b>
task-is-placed = Передано другому мастеру; клиент может отказаться
button-all-tasks = Все, кому нужно новое время
button-told = Отменить, клиент знает
button-keep-booking = Всё-таки состоится
button-place-all = Передать другим мастерам
button-place-yes = Передать
place-ask = <b>Передать другим мастерам { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[many] { $count } записей
    } на то же время?</b> Каждому клиенту сообщим, отказаться можно до начала.
place-left = { $count ->
        [one] Для { $count } записи никто не свободен; ей всё ещё нужно новое время.
        [few] Для { $count } записей никто не свободен; им всё ещё нужно новое время.
       *[many] Для { $count } записей никто не свободен; им всё ещё нужно новое время.
    }
place-nobody = В это время больше никто не свободен.
place-done = <b>Передали другим: { $count }.</b>
place-told = Клиентам сообщим.
place-call = До них сообщение не дойдёт. Пожалуйста, позвоните:
history-task = нужно новое время
history-task-withdrawn = время осталось в силе
audit-task = записи нужно новое время
audit-task-withdrawn = время записи осталось в силе
