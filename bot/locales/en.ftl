### The bot's words in English. Keys are the same in every language; a text that holds <b> is shown as HTML.

language-name = English
# CLDR patterns: https://www.unicode.org/reports/tr35/tr35-dates.html
pattern-day = EEE d MMM
pattern-day-year = EEE d MMM y
pattern-date = d MMM
pattern-date-year = d MMM y
pattern-narrow = d MMM y
when = { $day } { $time }
when-today = Today { $time }
when-tomorrow = Tomorrow { $time }
today = Today
tomorrow = Tomorrow
span-minutes = { $minutes } min
span-hours = { $hours } h
span-both = { $hours } h { $minutes } min
price-from = from { $price }
and-more = … and { $count } more
own-list-ends = The latest { $count } are shown; all of them are in My data.
list-ends = The list ends here: search, or pick a day, to see the others.
zone-line = Time zone: { $zone }

## Buttons
button-home = Home
button-back = Back
button-again = Try again
button-all-services = All services
button-my-bookings = My bookings
button-contacts = Address and contacts
button-language = Language
button-my-data = My data
button-first-steps = First steps
button-my-day = To my day
button-continue = Continue: { $booking }
button-open-next = My next booking
button-repeat = Repeat { $service } · { $specialist }
button-book-another = Book another
button-book-again = Book again
button-another-day = Another day
button-same-day = Same day: { $day }
button-choose-specialist = Choose specialist
button-other-specialist = Other specialist
button-any-specialist = Any specialist
button-first-free = First free
button-first-day = First free: { $day }
button-confirm = Confirm
button-change-time = Change time
button-comment = Comment
button-comment-edit = Change comment
button-change-services = Change services
button-without = Without { $service }
button-cancel = Cancel
button-calendar-remove = Remove from calendar
button-calendar = Calendar file
button-route = Route
button-copy-address = Copy address
button-move = Move
button-cancel-booking = Cancel
button-yes-cancel = Yes, cancel
button-move-instead = Move instead
button-keep = Keep
button-undo = Undo
button-yes-move = Yes, move
button-ask-time = Ask for another time
button-yes-ask = Ask for this time
button-wish = Write which time suits
button-move-there = Move it there
button-keep-client-time = Keep the time
button-keep-silently = Keep it without a reason
button-keep-time = Keep my time
button-upcoming = Upcoming
button-past = Past bookings
button-coming = I'll come
button-cant = Can't come
button-late = I'm late
about-minutes = About { $minutes } min
minutes = { $minutes } min
button-share = Share my number
button-skip = Skip
button-export-json = Export (JSON)
button-export-ics = Export (calendar)
button-erase = Erase my data
button-yes-erase = Yes, erase everything
button-start-again = Start again
button-accept = Accept
button-not-now = Not now
button-open = Open
button-approve = Approve
button-decline = Decline
button-other-times = Other times
button-decline-silently = Decline without a reason
button-arrived = Arrived
button-no-show = No-show
button-unmark = Take the mark back
button-as-client = See it as a client

## Client: home
home-new = Welcome to <b>{ $business }</b>. What would you like to book?
home-again = Good to see you again at <b>{ $business }</b>. What would you like to book?
home-next = Next: <b>{ $when }</b>, { $service }, { $specialist }
opening-soon = <b>{ $business }</b> is opening soon. There is nothing to book yet; please look in again a little later.
all-services = What would you like to book?
label-category = { $category } · { $count }
category-other = Other
category-title = <b>{ $category }</b>
button-find-service = Find a service
find-service-ask = What are you looking for? Type a word or a part of it.
find-service-found = Found for “{ $query }”: { $count }
find-service-more = Found for “{ $query }”: { $count }, the first { $shown } are shown. Type more of the name.
find-service-none = Nothing found for “{ $query }”. Type another word.
not-on-sale = This service is not offered any more.
contacts = <b>{ $business }</b>
contacts-address = Address: { $address }
contacts-phone = Phone: { $phone }
contacts-none = No address or phone has been given yet.

## Client: choosing a time
times-nearest = Nearest free times
times-none = No free times in the coming weeks.
days-free = Days without a free time are grey.
days-none = No free time on these days. Take the first free time, or turn the page.
days-shown = { $first } – { $last }
day-times = Free times on { $day }
day-full = { $day } is fully booked. These times are free:
who = Who would you like to see?
slot-in-turn = several people
with-specialist = Book with <b>{ $name }</b>

## Client: confirm and done
confirm-title = Is everything right?
held-until = Held for you until { $time }
free-until-start = Free to cancel until it begins.
free-until-soon = Free to cancel until { $time }, 15 minutes after booking. After that it counts as a late cancellation.
request-deadline = This is a request: { $business } answers by { $when }.
places-ask = How many places?
places-too-many = There are not so many places left at this time.
places-by-business = This business approves bookings by hand. Please ask it for more places.
places-too-late = The number of places can be changed until the cut-off. Please call.
places-changed = <b>The number of places has been changed.</b>
button-places = Number of places
button-starts = How it starts
ask-starts = <b>{ $name }</b>: when do the clients start?
    Together, as in a class: whoever comes later joins at the start that is taken. Or each at any time, while there is a place.
starts-together = Together, as in a class
starts-any = At any time
service-starts-together = All start together; once a start is taken, starts that overlap it are closed
service-starts-any = Each starts at any time, while there is a place
class-places = { $taken } of { $capacity }
places-came = { $came } of { $places } came
class-came = came: { $came }
class-count = { $taken } of { $capacity } places taken · { $came } came
class-held = held
class-empty = Nobody comes at { $when } any more.
class-message-ask = What shall everybody of { $when } read?
class-message-preview = { $count ->
    [one] 1 person will read:
   *[other] { $count } people will read:
}

    { $text }
class-message-sent = Sent: { $sent }. Not reached: { $missed }.
button-write-to-all = Write to all
button-decide-starts = { $name }: how does it start?
places-count = { $count ->
    [one] 1 place
   *[other] { $count } places
}
places-left = { $count ->
    [one] 1 place left
   *[other] { $count } places left
}
times-for-places = { $count ->
    [one] For 1 place
   *[other] For { $count } places
}
places-fewer = { $held } places are not possible here. { $count ->
    [one] The booking is for 1 place now.
   *[other] The booking is for { $count } places now.
}
comment-line = Comment: { $comment }
comment-ask = Write your comment in one message. For example: “I'm coming with a child.”
comment-words-only = A comment keeps words only. Send a picture or voice message here after you have confirmed: it can then be passed on to us.
comment-lost = Your comment has been lost. Write it again, or confirm without it.
hold-link-ended = { $when } is no longer held: the link was opened too late. These are free:
hold-link-void = This link does not work any more. Choose a time here:
add-service = What would you like to add to this booking?
add-service-none = There is nothing to add to this booking.
does-not-fit = Together they don't fit in at { $when }. These times are free:
hold-ended = The time was no longer held for you. These are free:
dropped = Nothing was booked
done = You're booked. See you { $when }.
done-pending = Your request for { $when } has been sent. We'll write as soon as it is confirmed.
answers-by = You will have an answer by { $when }.
moved = Moved. See you { $when }.
calendar-caption-cancelled = The booking is cancelled: open the file to take it out of your calendar.
calendar-caption = Open the file to add the booking to your calendar.

## Client: bookings
upcoming-bookings = Your upcoming bookings
upcoming-none = You have no upcoming bookings.
past-bookings = Your past bookings
past-none = No past bookings yet.
label-displaced = { $booking } (needs a new time)
label-pending = { $booking } (waiting)
label-cancelled = { $booking } (cancelled)
status-held = Not confirmed yet
status-pending = Waiting for confirmation
end-note = Reason: { $note }
status-confirmed = Confirmed
status-arrived = Arrived
status-completed = Completed
status-unconfirmed = Over; nobody has said whether the client came
status-no-show = Did not come
own-status-arrived = You are here
own-status-no-show = You did not come
status-cancelled = Cancelled
status-declined = Declined by the business
status-request-expired = Not answered in time
status-expired = Not confirmed in time
free-until = Free to cancel until { $when }.
cancel-ask = Cancel { $when }?
cancel-late = Cancelling was free until { $when }. You can still cancel: the business is told at once.
cancelled = { $when } is cancelled.
cancelled-late = The business has been told. Thank you for letting them know.
undo-until = You can undo this until { $time }.
undone = Your booking is back.
words-ask = <b>Send this to us?</b>
words-about = About { $booking }
words-sent = Sent. The answer comes here.
words-none = There is nothing to send any more.
words-dropped = It was not sent.
words-refused = This can't be sent here. Please call.
words-limit = You can send five messages a day. What you wrote is kept for a day; please call if it can't wait.
media-photo = Picture
media-voice = Voice message
media-lost = The picture or recording that came with this could not be passed on; ask the client for it.
button-send-words = Send
button-no = No
button-unsent = Your unsent message
button-reply = Reply
reply-ask = Write your reply in one message. It is sent at once.
late-ask = About how many minutes late?
late-told = The business knows that you will be about { $minutes } minutes late.
begun = It has begun, so nothing can be changed here any more. Please call.
move-title = Moving <b>{ $service }</b>, now { $when }
move-ask = Move from { $old } to <b>{ $new }</b>?
move-ask-wish = Ask for <b>{ $new }</b> instead of { $old }? It is too late to move it by yourself: your time stays until you have an answer.
move-asked = You have asked for another time. This one stays until you have an answer.
move-wanted = Wanted: <b>{ $when }</b>
move-words = Wanted: { $text }
wish-ask = Which time would suit you? Write it in one message. For example: “On Thursday after six.” Your time stays until you have an answer.
wish-sent = Your wish has been passed on.
wish-withdrawn = Your time stays as it was.

## Client: phone, language, data
phone-ask = Please share your number, so that we can reach you.
phone-required = Please share your number: it is needed to confirm the booking.
phone-how = Tap “Share my number” below. A typed number is not taken.
phone-not-yours = That is somebody else's contact. Please send your own.
phone-skipped = Without a number, then.
phone-thanks = Thank you, your number is saved.
language-ask = Which language do you prefer?
language-set = Now in English
data = <b>What is kept about you</b>
    Name: { $name }
    Phone: { $phone }
    Username: { $username }
    Language: { $language }
    Here since: { $since }
    Bookings: { $bookings }
data-none = none
data-caption = Everything that is kept about you here.
data-calendar-caption = Your bookings. Open the file to add them to your calendar.
data-kept = It is kept until you erase it here.
data-kept-months = If you have no booking for { $count ->
    [one] 1 month
   *[other] { $count } months
}, your details are erased automatically.
data-noted = What the business has noted about you is in the file.
data-kept-words = What you write and do not send is kept for one day.
consent-default = By sharing your number you agree to how it is used.
consent-read = Read it here
erase-ask = <b>Erase everything that is kept about you?</b> This cannot be undone.
erase-goes = Goes: your name, phone and username, your comments and messages, what has been noted about you, your choice of language.
erase-stays = Stays: past bookings with their amounts, without any name, as the business has to keep its accounts.
erase-role = You are on the staff here: you will not be any more.
erase-first = <b>First:</b>
erase-first-upcoming = cancel your upcoming bookings:
erase-first-admin = invite another admin: you are the only one.
erased = Your data has been erased.

## No dead ends
menu-refreshed = This menu was refreshed
use-buttons = Please use the buttons below.
bot-description = { $business }: book a time right here, any hour. See free times, move or cancel, get a reminder. Press Start.
bot-short-description = { $business }: book online
command-start = Open the menu
command-help = What this bot does
command-cancel = Leave what you were doing
help = <b>{ $business }</b>: book, move and cancel bookings right here.
    /start opens the menu, /cancel leaves what you were doing.
start-over = Typing does not work at this moment. Please try again in a minute.
refused = This is not available.
refused-slot-taken = This time has just been taken. These are free:
refused-time = This time can't be booked any more. These are free:
refused-taken = This time has been taken meanwhile.
refused-no-time = This time can't be booked any more.
refused-too-late = It is too late to change this booking here. Please call.
refused-limit = You already have as many upcoming bookings as one client can have.
refused-overlap = You have a booking at this time already, on { $when }. Nothing was booked.
refused-step = This has been changed meanwhile.
refused-in-use = Please cancel your upcoming bookings first.
refused-code = This invitation is not valid any more.
refused-rate = One moment, please: that was a little fast.
refused-closed = Booking is switched off at the moment.
outage-booking = <b>Not booked yet. Nothing was saved.</b>
    There is no connection at the moment. Please try again.
outage = There is no connection at the moment. Nothing was changed. Please try again.
in-group = Bookings at <b>{ $business }</b> are made in a private chat, where only you see them.
button-private = Open the private chat
bad-link = This link does not work any more.
lost-role = You are not on the staff here any more. You can still book as a client.

## Staff
invited-admin = You are invited to become an admin of <b>{ $business }</b>.
invited-staff = You are invited to work at <b>{ $business }</b>.
invited-specialist = You are invited to work at <b>{ $business }</b> as <b>{ $name }</b>.
invited-welcome = Welcome to the team!
day-summary = <b>{ $day }</b>: { $count ->
        [0] no bookings
        [one] { $count } booking
       *[other] { $count } bookings
    }{ $held ->
        [0] {""}
       *[other] , { $held } held
    }, first { $first }
day-of = <b>{ $name }</b>: { $count ->
        [0] no bookings
        [one] { $count } booking
       *[other] { $count } bookings
    }{ $held ->
        [0] {""}
       *[other] , { $held } held
    }
day-empty = <b>{ $day }</b>: no bookings
working = Working { $shifts }
shift = { $start }–{ $end }
shift-night = { $start }–{ $end } next day
shift-until = until { $end }
shift-all-day = all day
label-asks-to-move = { $booking } (asks to move)
label-held = { $booking } (held)
day-off = Day off
bookings-count = { $count ->
        [one] { $count } booking
       *[other] { $count } bookings
    }
client-coming = The client has said they will come.
client-late-min = The client will be about { $minutes } minutes late.
client-late = The client cancelled late.
staff-cancel-ask = Cancel { $when } for { $name }?
saved = Saved

## Notices
notice-booked = <b>You're booked.</b>
notice-restored = <b>Your booking is back.</b>
notice-moved = <b>Your booking has been moved.</b>
notice-places = <b>Your booking has another number of places.</b>
notice-was = It was { $when }.
notice-time-stays = The time stays, the specialist is another one.
notice-placed = Another specialist will see you. If that does not suit you, move or cancel free of charge until it begins.
notice-unanswered = <b>Your booking did not take place:</b> we could not keep this time and have not heard which other one suits you.
notice-time-stands = <b>Good news: your time stands after all.</b>
notice-cancelled = <b>Your booking is cancelled.</b>
notice-reminder = { $when }: { $service }, { $specialist }. Coming?
now-stands = Your booking now: { $when }, { $service }, { $specialist }.
now-tested = This was your test: { $when }, { $service }. The booking is gone.
now-ended = { $when }: { $service }. { $status }.
reminder-over = { $when }: { $service }, { $specialist }.
notice-from = <b>{ $name } writes to you</b>
notice-words = <b>A message for you</b>
notice-answer = <b>A message for you</b>
notice-late = <b>A message for you</b>
notice-approval-asked = <b>Your request has been sent.</b> We'll write as soon as it is confirmed.
notice-approved = <b>Your booking is confirmed.</b>
notice-declined = <b>This time can't be confirmed.</b> We are sorry; please choose another.
notice-request-expired = <b>Your request was not answered in time.</b> We are sorry. These times are free:
notice-move-requested = <b>Another time is wanted</b>
notice-move-kept = <b>Your time stays as it is.</b> Another one was not possible.
notice-move-unanswered = <b>Your time stays as it is.</b> Your wish for another one was not answered in time.
notice-approval-reminder = <b>Your request has been sent.</b>
notice-broadcast = <b>A message for you</b>
notice-code = <b>A message for you</b>
notice-text = <b>A message for you</b>
notice-empty = A message for you
codes-none = No code is waiting for you. If you have just given your number on the booking page, check that it is the one in your settings here.
notice-otp = Your code for the booking page: <code>{ $code }</code>
    It confirms this booking in your name. If you did not ask for it, do nothing and share it with nobody.
staff-booked = <b>New booking</b>
staff-places = <b>Another number of places</b>
staff-restored = <b>A cancelled booking is back</b>
staff-moved = <b>Booking moved</b>
staff-cancelled = <b>Booking cancelled</b>
staff-unanswered = <b>Booking cancelled:</b> the client never chose another time
staff-move-asked = <b>Still without a new time:</b> the client was asked and has not answered. Please call.
staff-cancelled-late = <b>Cancelled late</b>
staff-words = <b>{ $name } writes</b>
staff-answer = <b>Message</b>
answered-by = Answered by { $name }
answer-ask = Write your answer to <b>{ $name }</b> in one message. It is sent at once.
answer-sent = Your answer is on its way.
answer-not-sent = Your answer was not sent:
button-answer = Answer
button-all-the-same-send = Send it as well
staff-late = <b>{ $name } is about { $minutes } minutes late for { $time }</b>
staff-reminder = <b>Coming up</b>
staff-approval-asked = <b>A request waits for your answer</b>
staff-approval-reminder = <b>This request still waits for your answer</b>
staff-move-requested = <b>The client asks for another time</b>
staff-move-kept = <b>The time stays</b>
staff-move-unanswered = <b>The time stays</b>
staff-request-expired = <b>The request has expired</b>
move-accepted-by = <b>Moved by { $name }</b>
move-declined-by = <b>The time was kept by { $name }</b>
move-expired = <b>Nobody has answered in time: the booking stays as it is</b>
move-withdrawn = <b>The wish for another time is settled</b>
move-not-possible = This time is not free any more. Choose another, or keep the time.
request-answer-by = Answer by { $when }
request-deciders = Who decides: { $names }
request-admins = the admins
request-somebody = the business
request-approved-by = <b>Approved by { $name }</b>
request-declined-by = <b>Declined by { $name }</b>
request-expired = <b>Nobody has answered in time: the request has expired</b>
request-withdrawn = <b>Withdrawn by the client</b>
request-cancelled = <b>The request was cancelled</b>
staff-approved = <b>Booking approved</b>
staff-declined = <b>Booking declined</b>
staff-broadcast = <b>Message</b>
staff-code = <b>Message</b>
staff-text = <b>Message</b>
staff-visitors-hold-much = <b>Many places are held on your web page and not booked</b>
    Somebody may be playing with it, or a page that you do not know is using it. Each place comes free after a few minutes, and most of every day stays open to your clients in Telegram. If it goes on, ask whoever runs this bot to switch the page off for a while.
team-news = <b>News of your team and clients</b>
team-news-over = This is settled already.
team-off = <b>{ $name }</b>: day off { $when }
team-back = <b>{ $name }</b> works again: { $when }
team-joined = <b>{ $name }</b> has joined the team
team-joined-admin = <b>{ $name }</b> has joined as an admin
team-coming = <b>{ $name }</b> will come: { $when }, { $services }
button-days-off-of = Days off: { $name }
coming-thanks = Thank you, see you then!
declined-here = Declined.
decline-ask = Decline the request of <b>{ $name }</b> for { $when }? Type a reason, and the client will read it. For example: “That day is for courses.”
keep-time-ask = Keep { $when } for <b>{ $name }</b>? Type a reason, and the client will read it. For example: “That evening is full.”
kept-here = The time stays; the client is told.

## Admin: home and the first steps
button-manage = Manage
button-bookings = Bookings
button-clients = Clients
button-services = Services
button-staff = Staff
button-schedules = Schedules
button-closures = Closed days
button-figures = Figures
button-broadcast = Broadcast
button-exports = Exports
button-rooms = Rooms
button-policies = Settings
button-share-link = Share the link
button-audit = Change log
manage = <b>{ $business }</b>: what would you like to manage?
ready = <b>{ $business }</b>. Ready to open: <b>{ $done } of { $all }</b>
todo-name = Name of the business
todo-zone = Time zone
todo-currency = Currency
todo-address-alone = Address
todo-address = Zone and address
todo-phone = Phone for clients (optional)
todo-services = Services
todo-staff = Staff
todo-hours = Working hours
todo-test = A test booking
todo-share = Share the link and QR code
zone-fixed = Time zone: { $zone }. The operator of the server can change it.

## Admin: the day and booking for a client
button-everyone = Everyone
button-book-for-them = Book for them
button-book-for = Book for a client
button-other-time = Another time
button-book = Book
button-somebody-else = Somebody else
day-off-names = Day off: { $names }
day-nobody = Nobody works here yet. Add a specialist under Manage.
day-free = Free: { $span }
gap = { $start }–{ $end } free
gap-title = <b>{ $name }</b>, { $day }, free { $start }–{ $end }
gap-which = What shall be booked?
gap-when = When shall it begin?
gap-nothing = It does not fit in here any more. Another time?
gap-too-short = This gap is too short for every service.
gap-exactly = At { $time } exactly
any-specialist = Any specialist
book-for-whom = A booking for a client. What is it?
book-for-client = Booking for <b>{ $name }</b>. What is it?
book-for-name = For <b>{ $name }</b>
book-for-nothing = There is no service with a specialist yet. Add one under Manage.
book-for-ask = Book this for <b>{ $name }</b>?
book-for-done = <b>Booked.</b>
overlap-staff = The client has another booking at this time, on { $when }. Nothing was booked.
button-all-the-same = Book all the same
button-open-booking = Open the other one

## Admin: bookings
bookings = Bookings
bookings-none = There are none.
button-find = Find a client
button-waiting = { $count ->
        [one] { $count } request is waiting
       *[other] { $count } requests are waiting
    }
any-day = Any day
list-upcoming = Upcoming
list-pending = Waiting for an answer
list-past = Past
list-cancelled = Cancelled
list-missed = Did not come
choose-status = Which bookings would you like to see?
choose-specialist = Whose bookings?
choose-day = Which day?

## Admin: clients
clients = <b>Clients</b>
clients-none = <b>Clients</b>
    Nobody yet. Share the bot's link, or add a client yourself.
button-joins = Same person? { $count }
button-joined = Joined lately
joins = Clients who came without Telegram and may be somebody in it. Tap to compare.
joins-none = Nothing to compare.
label-join = { $walkin } = { $client }?
label-joined = { $walkin } = { $client } ✓
join-ask = Is this one person? Bookings, blocks and notes then go together.
join-joined = One client now.
join-walk-in = Entered by hand:
join-client = In Telegram:
join-undo-until = Can be undone until { $when }.
join-outdated = This has changed meanwhile.
button-same-person = Same person
button-two-people = Two people
button-undo-join = Undo
audit-client-joined = joined two clients
audit-client-parted = parted two clients
audit-client-kept-apart = kept two clients apart
client-nameless = No name
client-blocked-mark = blocked
client-ask = Who is it? Type a name, a phone number, a @username or a tag, or a part of it. For example: Maria or 4567
client-found = Found for “{ $query }”
client-more = Found for “{ $query }”, and there are more. Type a little more of the name or number.
client-none = Nobody found for “{ $query }”. Try another part of the name or number, or add a new client.
client-new-ask = Type the name and, if you have it, the phone number. For example: Maria Lopez, +44 7700 900123
client-new-again = A name is needed, and a number of 5 to 15 digits if there is one. For example: Maria Lopez, +44 7700 900123
client-added = <b>Added.</b>
client-not-told = They will not get a message here: please tell them yourself.
client-bookings = { $bookings ->
        [0] No past bookings
        [one] { $bookings } booking
       *[other] { $bookings } bookings
    }, did not come: { $missed }
client-last = Last here: { $when }
client-note = For admins: { $note }
write-in-telegram = Write in Telegram
client-count = { $bookings ->
        [one] { $bookings } booking
       *[other] { $bookings } bookings
    }
client-last-day = last { $day }
client-of-others = no booking with you yet
client-tags = Tags: { $tags }
client-team-note = For the team: { $note }
client-not-answered = The client has not said yet whether they will come.
clients-with-tag = <b>Clients</b> with the tag “{ $tag }”
client-tags-choose = Tags of <b>{ $name }</b>. Press one to add or remove it.
tags = <b>Tags</b>: choose one to see who has it.
tags-none = No client has a tag yet. Add tags on a client's card.
tag-ask = Type a tag of at most { $most } characters, or several with commas between. For example: VIP, colour
tag-not-read = That can't be a tag: it has at most { $most } characters, and a client has at most { $tags } tags. For example: VIP, colour
tags-too-many = A client has at most { $most } tags. Remove one first.
tag-gone = Nobody has this tag any more.
team-note-ask = What should everybody who works with <b>{ $name }</b> know? Specialists and admins see it, and the client in a copy of their own data. For example: allergic to latex
note-replaced = What you type takes its place.
note-too-long = That is { $count } characters, and a note has at most { $most }. Nothing was saved: send it shorter.
note-changed = Somebody has changed this note meanwhile, so yours was not saved. You typed:
button-client = Client
button-team-note = Note for the team
button-tags = Tags
button-new-tag = New tag
button-by-tag = By tag
button-all-clients = All clients
client-blocked = Blocked: can't book here.
client-offline = Not in Telegram: you book for them.
client-unreachable = Has stopped the bot: messages do not reach them.
client-history = Bookings of <b>{ $name }</b>
client-history-none = No bookings of <b>{ $name }</b> yet.
client-change-ask = Type the new name, the new number or both for <b>{ $name }</b>. For example: Maria Lopez, +44 7700 900123
note-ask = What should be remembered about <b>{ $name }</b>? The admins see it, and the client in a copy of their own data. For example: prefers mornings
block-ask = Block <b>{ $name }</b>? They won't be able to book here; their bookings stay.
button-add-typed = Add “{ $name }”
button-new-client = New client
button-note = Note for admins
button-forget-note = Remove the note
button-name-phone = Name and phone
button-block = Block
button-yes-block = Yes, block
button-unblock = Unblock

## Staff: hours, days off, messages
button-unmarked = Did they come? { $count }
unmarked = { $count ->
    [0] Every booking of the last 7 days has its mark.
    [one] { $count } booking of the last 7 days is over, and nobody has said whether the client came. Tap it to say so.
   *[other] { $count } bookings of the last 7 days are over, and nobody has said whether the clients came. Tap one to say so.
    }
button-my-hours = My hours
button-day-off = Day off
button-hours = Hours
button-dates = Single dates
button-this-week = This week
button-message = Message
button-send-message = Send
button-write-again = Write again
button-to-specialist = To the specialist
button-copy-workdays = Same Mon–Fri
button-copy-week = Same every day
button-pick-date = Pick a date
button-pick-dates = Pick dates
button-one-day = Just this day
button-as-usual = As usual
button-reason = Reason
button-take-off = Take the time off
button-offer-times = Offer new times
button-keep-bookings = Keep them, take no new ones
button-cancel-notify = Cancel and notify
button-open-my-booking = Open my booking
button-notices = Notices
notices-ask = Which messages would you like to get about bookings?
    Requests that wait for your answer always come.
notices-all = Every booking and change
notices-changes = Moved and cancelled only
notices-none = None
label-day = { $day }: { $count }
label-take-back = { $what } · take back
week-title = <b>{ $first } – { $last }</b>: { $count ->
        [0] no bookings
        [one] { $count } booking
       *[other] { $count } bookings
    }
week-line = { $day }: { $hours }
button-week-of = Week
button-month-of = Month
button-year = Year
choose-month = Which month?
month-title = <b>{ $month }</b>: { $count ->
        [0] no bookings
        [one] { $count } booking
       *[other] { $count } bookings
    }
month-legend = { $booked } bookings · { $waiting } waits for you · { $closed } closed
waits-for-you = Waiting for you: { $what }
waiting-requests = requests: { $count }
waiting-tasks = need a new time: { $count }
waiting-unmarked = without a mark: { $count }
clients-coming = coming: { $count }
clients-silent = no answer yet: { $count }
hours-title = <b>Working hours: { $name }</b>
hours-none = No working hours yet.
hours-usual = as usual
hours-off = day off
hours-ask = <b>{ $day }</b>, now: { $hours }
    Tap the hours, or type them. For example: 10:00-14:00, 15:00-19:00
hours-type-week = Tap a day, or type the hours of several. For example: Mon-Fri 9:00-17:00, Sat 10:00-14:00
hours-not-read = I could not read these hours.
hours-which = Which hours did you mean?
hours-guessed = Saved as you see. If you meant other hours, tap them.
hours-next-day = { $hours } next day
hours-overlap = These hours overlap.
dates-title = <b>Other hours on single dates: { $name }</b>
dates-none = <b>Other hours on single dates: { $name }</b>
    None yet: the week holds on every date.
dates-pick = On which date are the hours different?
dayoff-title = <b>Days off: { $name }</b>
    Which days?
dayoff-first = What is the first day off?
dayoff-last = Off from { $day }. What is the last day?
dayoff-ask = Off: <b>{ $days }</b> ({ $name })?
dayoff-reason = Reason: { $reason }
dayoff-reason-ask = Type a reason; only the team sees it. For example: holiday
dayoff-done = Off: <b>{ $days }</b>
affected = <b>{ $count ->
        [one] { $count } booking is affected
       *[other] { $count } bookings are affected
    }</b>
affected-stay = { $count ->
        [one] { $count } booking stays as it is.
       *[other] { $count } bookings stay as they are.
    }
change-ask = <b>These bookings could not take place as booked.</b> What should become of them?
hours-change-ask = <b>These hours leave bookings without their time.</b> What should become of them?
affected-missed = { $count ->
        [one] For { $count } booking no message reaches the client: please call.
       *[other] For { $count } bookings no message reaches the client: please call.
    }
affected-cancelled = { $count ->
        [one] { $count } booking was cancelled and the client told.
       *[other] { $count } bookings were cancelled and the clients told.
    }
affected-offered = { $count ->
        [one] { $count } client was asked to choose a new time.
       *[other] { $count } clients were asked to choose a new time.
    }
message-ask = What should <b>{ $name }</b> read? { $booking }
    Type it in one message. For example: “Please come ten minutes earlier.”
message-preview = To <b>{ $name }</b>:

    { $text }
message-sent = Your message is on its way.
message-unreachable = No message reaches this client here. Please call.
moved-for = <b>Moved to { $when }.</b>
client-told = The client will be told.
command-book = Book a time
command-mybookings = My bookings
command-today = Today
command-week = Week
command-hours = My working hours
command-dayoff = Take a day off
command-manage = Manage the business
command-bookings = All bookings
command-clients = Clients
not-read = I could not read that. Please try again.
name-taken = There is one with this name already.
now-is = Now: { $value }
yes = Yes
no = No
days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }

## Staff: the history of a booking
button-history = History
history-title = <b>What has happened so far</b>
history-line = { $when } · { $who }: { $what }
history-by-visitor = Visitor of the booking page
history-hold = time held
history-book = booked
history-asked = asked for it
history-approve = approved
history-decline = declined
history-ask-move = asked for another time
history-decline-move = kept the time
history-withdraw-move = took the wish for another time back
history-moved = moved
history-move = moved from { $old } to { $new }
history-hands = { $moved }, from { $old } to { $new }
history-zone-rules = { $moved } (the clocks have changed)
history-zone-changed = { $moved } (the time zone was changed; the clock time stayed)
history-keep-instant = { $moved } (after a change of the time zone)
history-cancel = cancelled
history-reason = { $what }: { $reason }
history-undo = brought back
history-arrived = marked as arrived
history-complete = completed
history-no-show = marked as a no-show
history-unmark = the mark was taken back
history-coming = said they will come
history-late = said they will be late
history-comment = changed the comment
history-came = { $what }: { $came } of { $places }
history-places = places: { $old } → { $new }
history-expire = not confirmed in time
history-unanswered = not answered in time
history-take-over = took over the place from the booking page
history-give-back = gave the place back

## Admin: services
services-title = <b>Services</b>
services-none = <b>Services</b>
    None yet. What can clients book?
button-add-service = Add a service
button-another-service = One more service
button-next-staff = Next: staff
button-price = Price
button-duration = Length
button-name = Name
button-person-name = Name
button-description = Description
button-buffer-before = Break before
button-buffer-after = Break after
button-capacity = Group size
button-who-does = Who does it
button-copy-link = Copy the link
button-archive = Take off sale
button-yes-archive = Yes, take off sale
button-done = Done
new-service = What is the service called? Type its name. For example: Haircut
ask-service-name = Type the new name of “{ $name }”.
ask-duration = <b>{ $name }</b>: how long does it take?
    Tap, or type it. For example: 75 or 1 h 15 min
ask-price = <b>{ $name }</b>: what does it cost?
    Tap, or type it. For example: 25, or from 25
ask-description = Type what clients should know about <b>{ $name }</b>.
ask-buffer-before = <b>{ $name }</b>: how many minutes to prepare before each booking?
    Tap, or type it. For example: 10
ask-buffer-after = <b>{ $name }</b>: how many minutes to tidy up after each booking?
    Tap, or type it. For example: 10
ask-capacity = <b>{ $name }</b>: how many clients at the same time?
    Tap, or type it. For example: 8
button-category = Category
ask-category = <b>{ $name }</b>: in which category do clients find it?
    Type it. For example: Hair. A dash takes it away.
price-none = free
service-terms = { $price } · { $span }
service-category = Category: { $category }
service-buffers = Break before: { $before }, after: { $after }
service-capacity = Group of up to { $count }
service-who = With: { $who }
service-nobody = <b>Nobody does it yet</b>, so it can't be booked.
service-who-ask = Who does <b>{ $name }</b>?
service-added = <b>{ $name }</b> has been added.
service-rooms = What does <b>{ $name }</b> take? A booking holds one of each.
archive-ask = Take <b>{ $name }</b> off sale? Past bookings stay as they are.
keep-old-terms = { $count ->
        [one] { $count } booking ahead keeps its old terms.
       *[other] { $count } bookings ahead keep their old terms.
    }

## Admin: staff
staff-title = <b>Staff</b>
staff-none = <b>Staff</b>
    Nobody yet. Who will clients come to?
button-add-specialist = Add a specialist
button-invite-admin = Invite an admin
button-invite = Invite
button-work-alone = I work alone
works-alone = You are the specialist, { $name }: bookings come to you, and every service is yours. When do you work?
button-me = This is me
button-revoke = Take access away
button-yes-revoke = Yes, take it away
button-revoke-invitation = Withdraw the invitation
button-copy-code = Copy the code
button-their-services = Services
button-next-hours = Next: working hours
button-usual-terms = Usual price and length
button-remove = Remove
button-yes-remove = Yes, remove
label-admin = { $name } (admin)
label-no-account = { $name } (not invited yet)
new-specialist = What is the specialist called? Type the name as clients should see it. For example: Anna
ask-specialist-name = Type the new name of “{ $name }”.
offers-ask = What does <b>{ $name }</b> do?
offers-none = There are no services yet, so <b>{ $name }</b> has nothing to do.
own-terms = <b>{ $name }</b>, { $service }: { $terms }
specialist-idle = No services yet.
account-of = In the bot as { $name }.
account-none = Not in the bot yet: send an invitation to show them their day.
invitation = Send this link to the specialist. It works once, until { $until }:
    { $link }

    Or let them type this code in the bot: <code>{ $code }</code>
invitation-admin = <b>Whoever opens this link runs the business with you.</b> It works once, until { $until }:
    { $link }

    Or let them type this code in the bot: <code>{ $code }</code>
admin-card = <b>{ $name }</b> is an admin: sees and changes everything here.
revoke-ask = Take the access away from <b>{ $name }</b>? They will be a client at once; the calendar and its bookings stay.
revoke-admin-ask = Should <b>{ $name }</b> no longer be an admin? It counts at once.
refused-last-admin = You are the only admin. Invite another one first.
remove-ask = Remove <b>{ $name }</b>? Past bookings stay as they are.
schedules-title = <b>Schedules</b>

## Admin: closed days, rooms, sharing
closures-title = <b>Closed days</b>
closures-none = <b>Closed days</b>
    None. Bank holidays and the like go here.
closure-pick = What is the first day on which everything is closed?
closure-last = Closed from { $day }. What is the last day?
closure-ask = Close: <b>{ $days }</b>? Nobody can book then.
closure-done = Closed: <b>{ $days }</b>.
room-in-use = A service still takes it: change the service first.
button-close-day = Close a day
button-close = Close
rooms-title = <b>Rooms and equipment</b>
rooms-explained = <b>Rooms and equipment</b>
    Only needed where they can run out: two chairs for three specialists, for example.
rooms-none = There are no rooms or equipment for <b>{ $name }</b> to take yet.
button-add-room = Add
label-room = { $name }: { $count }
new-room = What is it called? Type its name. For example: Chair
room-count-ask = <b>{ $name }</b>: { $count } now. How many are there?
rooms-kept = { $count ->
        [one] { $count } booking ahead keeps its place.
       *[other] { $count } bookings ahead keep their place.
    }
now-open = <b>You are open!</b> Clients of { $business } book here:
    { $link }
    Put the link where they look for you and print the QR code below. Your test booking is gone: figures and lists begin empty.
share = <b>Your clients book here:</b>
    { $link }

    Send the link, put it on your site, or print the QR code.
button-send-link = Send it
button-qr = QR code
qr-caption = { $business }: { $link }

## Admin: settings
policies-title = <b>Settings</b>
button-address = Address
button-phone = Phone
ask-name = <b>What is your business called?</b> Type the name as clients should see it. For example: Barber House
name-not-read = A name has 1 to { $most } characters that can be seen.
ask-zone = <b>Where is it?</b> Tap a city with the same time, or type yours. For example: Leeds
ask-zone-which = Which of these has the same time as you? Tap it, or type another city.
ask-currency = <b>In which currency are your prices?</b> Tap one, or type its code, sign or name.
ask-currency-which = Which of these do you mean?
basics-locked = This cannot be changed here any more.
basics-fixed = What has no button here is set by the operator of the server.
currency-other-file = <b>The server's file says { $file }, your bookings are in { $currency }.</b> Prices stay in { $currency }. The operator of the server should put { $currency } back into the file.
name-line = Name: { $name }
currency-line = Currency: { $currency }
language-line = The bot's own language: { $language }
button-bot-speaks = Bot speaks English
ask-address = What is the address? Clients get a map from it. Type it. For example: 12 High Street, Leeds
    Time zone: { $zone }
ask-phone = Which number may clients call? Type it, or several with commas. For example: +44 20 7946 0000, 0113 496 0000
phones-not-read = Not saved. Type a number of at least four digits, or at most { $most } with commas between them, each of at most 32 characters.
policy-step = Times every
policy-step-ask = How far apart are the times that clients can choose?
policy-notice = Book ahead at least
policy-notice-ask = How long before it begins must a client book?
policy-horizon = Book ahead at most
policy-horizon-ask = How far into the future can clients book?
policy-cancel = Free cancelling
policy-cancel-ask = Until how long before it begins can clients cancel by themselves?
policy-hold = Hold while confirming
policy-hold-ask = How long is a time kept for somebody who has not confirmed yet?
policy-approval = New bookings
policy-approval-ask = Do you want to approve every booking yourself?
button-privacy = Privacy
privacy-title = <b>Privacy</b>
privacy-consent = What clients agree to where they are asked for a number:
privacy-no-consent = nothing is asked
privacy-never = Data of clients who no longer come: <b>kept</b>
privacy-after = Data of clients who no longer come are erased after <b>{ $count ->
    [one] 1 month
   *[other] { $count } months
}</b>
privacy-explained = Name, phone, username, notes and messages are erased; bookings, amounts and history stay. Blocked clients and staff are kept. Each button says how many clients it concerns now.
privacy-button-never = Keep
privacy-ask = Erase the data of clients who had no booking for { $months }? It concerns { $count ->
    [one] <b>1 client</b>
   *[other] <b>{ $count } clients</b>
} now and begins within an hour; later ones follow by themselves. Bookings, amounts and history stay. This cannot be undone.
button-yes-retention = Yes, erase old data
button-consent = Write the sentence
button-no-consent = Ask nothing
months = { $count ->
    [one] 1 month
   *[other] { $count } months
}
clients-count = { $count ->
    [one] 1 client
   *[other] { $count } clients
}
consent-ask = Write the sentence and the link in one message. For example: “By sharing your number you agree to our privacy rules. https://barber.example/privacy”
consent-not-read = One link is needed, such as https://barber.example/privacy (https, not http), and at most 300 characters before it.
reminders-late = When these reminders come, cancelling already counts as late: { $reminders }. Remind clients earlier, or let them cancel for longer.
policy-request-expiry = Answer to requests within
policy-request-expiry-ask = How long may a request wait for your answer? Nights do not count; it expires an hour before the start at the latest.
policy-reminders = Reminders
policy-reminders-ask = When are clients reminded of a booking?
policy-limit = Bookings ahead per client
policy-limit-ask = How many bookings ahead may one client have?
policy-quiet = Quiet hours
policy-quiet-ask = When should messages wait for the morning?
policy-phone = Phone number
policy-phone-ask = Are clients asked for their number when they book?
policy-contacts = Specialists see contacts
policy-contacts-ask = Do specialists see the phone and the Telegram account of their clients? Admins always do. Specialists find their own clients only, and anybody by a whole phone number.
policy-buffers = Breaks within hours
policy-buffers-ask = Must the breaks around a booking lie within the working hours too?
at-once = at once
until-start = until it begins
approval-by-hand = approved by hand
approval-at-once = confirmed at once
phone-not-asked = not asked
phone-asked = asked, may be skipped
phone-must = required
none-sent = none
eg-minutes = Or type it. For example: 25
eg-span = Or type it. For example: 90 min, 3 h or 2 d
eg-number = Or type a number. For example: 45
eg-quiet = Or type them. For example: 22:00-08:00
eg-reminders = Or type them. For example: 24 h, 2 h

## Admin: change log
audit-about = About <b>{ $what }</b>
audit-nothing = Nothing yet.
button-audit-all = Everything
button-audit-only = Only { $name }
role-admin = admin
role-specialist = specialist
audit-title = <b>Change log</b>, the newest first
button-newest = Newest
button-older = Older
audit-number = #{ $number }
audit-by-client = a client
audit-by-system = Slotgate
audit-by-operator = the operator
audit-by-nobody = somebody unknown
audit-hold = held a time
audit-book = made a booking
audit-confirm = confirmed a booking
audit-approve = approved a booking
audit-decline = declined a booking
audit-ask-move = asked for another time
audit-decline-move = kept a booking's time
audit-withdraw-move = took back a wish for another time
audit-expire = a request expired unanswered
audit-move = moved a booking
audit-cancel = cancelled a booking
audit-undo = brought back a booking
audit-arrived = marked an arrival
audit-complete = completed a booking
audit-no-show = marked a no-show
audit-unmark = took a mark back
audit-coming = said they will come
audit-words = wrote to the business
audit-answered = answered a client
audit-late = said they will be late
audit-comment = changed a comment
audit-message = wrote to a client
audit-test-removed = removed the test bookings
audit-code-asked = asked for a code to confirm a held place
audit-take-over = took over a place held on the booking page
audit-give-back = gave back a place held on the booking page
audit-refused = was refused something
audit-broadcast = sent a broadcast
audit-broadcast-stopped = stopped a broadcast
audit-broadcast-scheduled = chose a time for a broadcast
audit-broadcast-unscheduled = took the time of a broadcast back
audit-broadcast-late = a broadcast was not sent, as its time was over
audit-imported = imported a business file
audit-client-added = added a client
audit-client-changed = changed a client
audit-invited = made an invitation
audit-invitation-revoked = withdrew an invitation
audit-erased = erased their data
audit-unlinked = forgot a client who had not come for long
audit-role-granted = joined the team
audit-role-revoked = took a role away
audit-room-added = added a room
audit-room-changed = changed a room
audit-room-removed = removed a room
audit-hours = changed working hours
audit-date = changed the hours of a date
audit-time-off = took time off
audit-time-off-removed = took time off back
audit-closure = closed a day
audit-closure-removed = opened a day again
audit-service-added = added a service
audit-service-changed = changed a service
audit-service-removed = took a service off sale
audit-specialist-added = added a specialist
audit-specialist-changed = changed a specialist
audit-specialist-removed = removed a specialist
audit-tenant-changed = changed the settings
audit-tenant-created = set up the business
audit-tenant-instants = kept the instants of bookings after another time zone
audit-tenant-shared = shared the link
audit-tenant-zone = changed the time zone

## Admin: broadcasts
broadcasts = <b>Broadcasts</b>: one message to all your clients, or to some of them
broadcasts-none = <b>Broadcasts</b>: one message to all your clients, or to some of them. Nothing has been sent yet.
broadcast-ask = Write the message as your clients should read it, or send a picture with the text below it. For example: “We are open this Sunday from 10 to 16.”
broadcast-ask-below = Now write the text that stands below the picture.
broadcast-too-long = A message has at most { $most } characters, yours has { $count }. Please shorten it.
broadcast-caption-too-long = Below a picture the text has at most { $most } characters, yours has { $count }. Please shorten it, or send it without the picture.
broadcast-caption-needs = Below a picture the text has at most { $most } characters, and this one is longer. Change the text first.
broadcast-file = That is a file. Please send it as a photo, so that clients see it at once.
broadcast-media = That can't be used here.
broadcast-picture-ask = Send the picture as a photo. It stands above the text.
broadcast-preview-picture = <b>This is how clients will read it, below your picture:</b>
broadcast-whom = For: { $whom }
whom-all = all clients
whom-service = clients who have booked { $name }
whom-specialist = clients of { $name }
whom-not-seen = { $count ->
        [one] clients not seen for { $count } day
       *[other] clients not seen for { $count } days
    }
whom-tag = clients tagged “{ $name }”
broadcast-whom-ask = Whom is it for? Clients who want no news, and those who have blocked the bot, are always left out.
broadcast-whom-service = Which service have they booked?
broadcast-whom-specialist = Whose clients are they?
broadcast-whom-tag = Which tag do they have?
broadcast-whom-none = There is nothing to choose from yet.
broadcast-days-ask = For how many days have they not been with you? Clients with a booking ahead are left out. Choose, or type it. For example: 45, 3 weeks, 2 months
broadcast-days-not-read = That is no number of days. For example: 45, 3 weeks, 2 months
broadcast-books = Button: <b>Book</b> → { $service }
broadcast-books-any = Button: <b>Book</b> → all services
broadcast-books-ask = Below the message stands a button, <b>Book</b>. What does it lead to?
broadcast-choice-gone = What you have chosen was removed meanwhile. Please choose again.
broadcast-time-ask = When is it sent? Choose, or type the day and the time. For example: tomorrow 10:00, Fri 6 pm, 24 Dec 18:30. Your time: { $zone }
broadcast-time-not-read = That is no day and time. For example: tomorrow 10:00
broadcast-time-refused = { $when } can't be chosen: it must be ahead, and within a year.
broadcast-time-skipped = There is no { $when }: the clocks skip that hour. Please choose another.
broadcast-scheduled = It will be sent by itself: <b>{ $when }</b> ({ $zone })
broadcast-quiet = In the quiet hours nobody is disturbed: it goes out from { $when } on.
broadcast-unscheduled = It will not be sent by itself
broadcast-blocked = Have blocked the bot: { $count }
broadcast-booked = Booked within 7 days: { $clients ->
        [one] { $clients } client
       *[other] { $clients } clients
    }, { $bookings ->
        [one] { $bookings } booking
       *[other] { $bookings } bookings
    }, { $amount }
broadcast-booked-none = Booked within 7 days: nobody yet
broadcast-read-unknown = Telegram does not tell who has read it.
admin-broadcast-late = <b>A broadcast was not sent.</b> At its time the bot was down for more than a day, and its news may be old. It is a draft again.
broadcast-preview = <b>This is how clients will read it:</b>
broadcast-count = { $count ->
        [one] It goes to about <b>{ $count }</b> client.
       *[other] It goes to about <b>{ $count }</b> clients.
    }
broadcast-nobody = There is nobody to send it to yet: no client has opened the bot.
broadcast-nobody-chosen = Nobody who has opened the bot fits this choice. Clients entered by hand get no messages here.
broadcast-sure = { $count ->
        [one] Send it to <b>{ $count }</b> client now?
       *[other] Send it to <b>{ $count }</b> clients now?
    } What has arrived can't be taken back.
broadcast-draft = Not sent yet.
broadcast-sending = <b>Sending</b>: { $done } of { $total }
broadcast-stopped = <b>Stopped.</b> It has reached { $done } of { $total }
broadcast-done = <b>Sent.</b> It has reached { $done } of { $total }
broadcast-missed = Could not be reached: { $count }
broadcast-unsure = Perhaps not received: { $count }. They are not written to again, so that nobody gets it twice.
broadcast-follow = It is on its way. The message below shows how far it is, and can stop it.
broadcast-tried = Sent to you
broadcast-begun = Sending
broadcast-halted = Stopped
button-write = Write a message
button-try = Send it to me
button-rewrite = Change the text
button-send = { $count ->
        [one] Send to { $count } client
       *[other] Send to { $count } clients
    }
button-send-later = Send later
button-send-now = Send now
button-send-never = Don't send
button-change-send-time = Another time
button-picture = Picture
button-no-picture = Without a picture
button-whom = For whom
button-book-leads = Book button
button-book-now = Book
button-books-any = All services
button-whom-all = All clients
button-whom-service = By service
button-whom-specialist = By specialist
button-whom-not-seen = Not seen for some time
button-whom-tag = By tag
label-days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
label-draft = Not sent yet · { $what }
label-scheduled = { $when }, waiting · { $what }
button-stop = Stop
button-news-off = Unsubscribe from news
button-news-on = Get our news again
news-off = You won't get our news any more. Your bookings and reminders are not touched.
news-on = You'll get our news again.
button-go-on = { $count ->
        [one] Go on: { $count } left
       *[other] Go on: { $count } left
    }
button-refresh = How far it is

## Admin: figures and exports
figures-booked = { $count ->
        [one] { $count } booking
       *[other] { $count } bookings
    }, { $revenue }
figures-money = Earned: { $earned } · planned: { $planned } · lost: { $lost }
figures-cancelled = Cancelled: { $count }
figures-missed = Did not come: { $count } ({ $share }%)
figures-busiest = Busiest: { $day }, { $count ->
        [one] { $count } booking
       *[other] { $count } bookings
    }
figures-specialists = Specialists
figures-services = Services
figures-busy = busy { $share }%
figures-share = { $share }%
figures-utilisation = Busy { $share }%: { $booked } of { $opened } open hours
figures-clients = Clients: { $count }, of them new: { $new }, returning: { $known }
figures-new = new clients: { $count }
figures-no-shows = did not come: { $count }
figures-best-hours = Best hours: { $hours }
figures-free-hours = Quietest hours: { $hours }
figures-hours = Busy hours of the week
figures-occupancy = How busy
figures-parts = { $what }: money, and how busy. Choose one for all figures.
figures-trend-weeks = The last weeks
figures-trend-months = The last months
figures-caption = Figures: { $span }
button-trend-weeks = Compare weeks
button-trend-months = Compare months
button-week = By week
button-month = By month
button-chart = Show as a chart
export = <b>Export</b>
    All bookings from { $first } to { $last }. Choose the time, then the kind of file.
export-caption = Bookings from { $first } to { $last }
span-this-month = This month
span-last-month = Last month
span-next-days = The next 30 days
span-last-year = The last 12 months
file-xlsx = Excel
file-csv = CSV
file-ics = Calendar

## Admin: a changed zone
button-zone-change = The zone was changed
button-keep-instants = Keep the moments instead
zone-changed = The time zone was changed: { $old } → { $new }. Bookings ahead have kept the times that were promised on the clock: 14:00 is still 14:00, in the new zone.
zone-keep = { $count ->
    [0] No booking ahead would change.
    [one] If the clock time of { $count } booking was wrong and its moment right, you can keep the moment instead: once, until { $until }. Its client is told the new time.
   *[other] If the clock times of { $count } bookings were wrong and their moments right, you can keep the moments instead: once, until { $until }. Their clients are told the new times.
    }
zone-shift = { $client }: { $now } → { $kept }
zone-stays = { $client }: { $now }, stays, for { $kept } is taken
zone-kept = { $count ->
    [one] { $count } booking has its moment of before again.
   *[other] { $count } bookings have their moments of before again.
    } Clients in Telegram are told; please tell the others yourself.{ $stayed ->
    [0] { "" }
    [one] { " " }{ $stayed } stays where it is: its time is taken.
   *[other] { " " }{ $stayed } stay where they are: their times are taken.
    }
zone-settled = There is nothing to keep any more: 24 hours have passed, or somebody has decided.
admin-zone-changed = <b>The time zone was changed</b>
    { $old } → { $new }. { $count ->
    [one] { $count } booking ahead has kept its clock time
   *[other] { $count } bookings ahead have kept their clock times
    }: what was said to be at 14:00 is at 14:00 in the new zone. Nobody was told, for nobody's time has changed. For 24 hours you can keep the moments instead.
admin-instants-kept = <b>Bookings have kept their moments</b>
    The zone went { $old } → { $new }, and an admin has put { $count ->
    [one] { $count } booking
   *[other] { $count } bookings
    } back to where they were. Clients in Telegram are told; please tell the others yourself.
join-asked = <b>Same person?</b>
    Somebody in Telegram has the number of a client who was entered by hand.
join-apart = Two people, then.

## Bookings that need a new time
new-times-time-off = <b>{ $name } is away on { $day }.</b>
new-times-hours = <b>{ $name } is not there on { $day } at { $time }.</b>
new-times-closure = <b>We are closed on { $day }.</b>
new-times-service = <b>{ $name } no longer does this: { $service }.</b>
new-times-specialist = <b>{ $name } does not work here any more.</b>
new-times-room = <b>We can't keep this time, sorry: { $day }, { $time }.</b>
new-times-capacity = <b>We can't keep this time, sorry: { $day }, { $time }.</b>
new-times-asked = <b>We can't keep this time, sorry.</b> Please choose another one.
new-times-same = { $name } is free at the same time: { $time }, { $price }.
new-times-same-free = { $name } is free at the same time: { $time }.
new-times-others = These times are the nearest:
new-times-none = No other time is free soon. Please choose another day, or call us.
new-times-gone = <b>That time has just been taken.</b> Your booking is as it was.
new-times-settled = <b>This is settled already.</b>
button-take-it = Take it
button-new-times = Choose a new time
own-task-open = <b>It can't take place at this time.</b> Please choose a new one; moving and cancelling are free.
own-task-placed = It has another specialist. Moving and cancelling are free until it begins.
tasks-count = <b>{ $count ->
        [one] { $count } booking needs a new time
       *[other] { $count } bookings need a new time
    }</b>
tasks-none = No booking needs a new time.
button-tasks = { $count ->
        [one] { $count } needs a new time
       *[other] { $count } need a new time
    }
task-sent = Asked, no answer yet
task-waiting = The message is on its way
task-call = Does not know yet: please call
task-is-open = <b>Needs a new time</b>
task-is-placed = Placed with another specialist; the client may refuse
button-all-tasks = All that need a new time
button-told = Cancel, they know
button-keep-booking = It takes place after all
button-place-all = Place all with others
button-place-yes = Place them
place-ask = <b>Place { $count ->
        [one] { $count } booking
       *[other] { $count } bookings
    } with others, each at its own time?</b> Every client is told and may refuse until it begins.
place-left = { $count ->
        [one] For { $count } nobody else is free then; it still needs a new time.
       *[other] For { $count } nobody else is free then; they still need a new time.
    }
place-nobody = Nobody else is free at these times.
place-done = <b>Placed with others: { $count }.</b>
place-told = The clients will be told.
place-call = No message reaches them. Please call:
history-task = needs a new time
history-task-withdrawn = the time stands again
audit-task = set a booking to need a new time
audit-task-withdrawn = let a booking's time stand again
