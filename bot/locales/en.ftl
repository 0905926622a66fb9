### The bot's words in English. Keys are the same in every language; a text that holds <b> is shown as HTML.

language-name = English
# CLDR patterns: https://www.unicode.org/reports/tr35/tr35-dates.html
pattern-day = EEE d MMM
pattern-day-year = EEE d MMM y
when = { $day } { $time }
when-today = Today { $time }
when-tomorrow = Tomorrow { $time }
today = Today
tomorrow = Tomorrow
span-minutes = { $minutes } min
span-hours = { $hours } h
span-both = { $hours } h { $minutes } min
price-from = from { $price }
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
button-my-day = To my day
button-continue = Continue: { $visit }
button-open-next = My next visit
button-repeat = Repeat { $service } · { $specialist }
button-book-another = Book another
button-book-again = Book again
button-another-day = Another day
button-choose-specialist = Choose specialist
button-other-specialist = Other specialist
button-any-specialist = Any specialist
button-first-free = First free
button-first-day = First free: { $day }
button-confirm = Confirm
button-change-time = Change time
button-comment = Comment
button-comment-edit = Change comment
button-cancel = Cancel
button-calendar = Calendar file
button-route = Route
button-copy-address = Copy address
button-move = Move
button-cancel-visit = Cancel
button-yes-cancel = Yes, cancel
button-move-instead = Move instead
button-keep = Keep
button-undo = Undo
button-yes-move = Yes, move
button-keep-time = Keep my time
button-upcoming = Upcoming
button-past = Past visits
button-coming = I'll come
button-cant = Can't come
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
button-arrived = Arrived
button-no-show = No-show
button-as-client = See it as a client

## Client: home
home-new = Welcome to <b>{ $business }</b>. What would you like to book?
home-again = Good to see you again at <b>{ $business }</b>. What would you like to book?
home-next = Next: <b>{ $when }</b>, { $service }, { $specialist }
opening-soon = <b>{ $business }</b> is opening soon. There is nothing to book yet; please look in again a little later.
all-services = What would you like to book?
not-on-sale = This service is not offered any more.
contacts = <b>{ $business }</b>
contacts-address = Address: { $address }
contacts-phone = Phone: { $phone }
contacts-none = No address or phone has been given yet.

## Client: choosing a time
times-nearest = Nearest free times
times-none = No free times in the coming weeks.
days-free = Only days with free times are shown.
days-none = No free times this month. Look at the next one, or take the first free time.
day-times = Free times on { $day }
day-full = { $day } is fully booked. These times are free:
who = Who would you like to see?
with-specialist = Book with <b>{ $name }</b>

## Client: confirm and done
confirm-title = Is everything right?
held-until = Held for you until { $time }
comment-line = Comment: { $comment }
comment-ask = Write your comment in one message. For example: “I'll be five minutes late.”
hold-ended = The time was no longer held for you. These are free:
dropped = Nothing was booked
done = You're booked. See you { $when }.
done-pending = Your request for { $when } has been sent. We'll write as soon as it is confirmed.
moved = Moved. See you { $when }.
calendar-caption = Open the file to add the visit to your calendar.

## Client: visits
upcoming-visits = Your upcoming visits
upcoming-none = You have no upcoming visits.
past-visits = Your past visits
past-none = No past visits yet.
label-cancelled = { $visit } (cancelled)
status-held = Not confirmed yet
status-pending = Waiting for confirmation
status-confirmed = Confirmed
status-arrived = Arrived
status-completed = Completed
status-no-show = Did not come
status-cancelled = Cancelled
status-expired = Not confirmed in time
free-until = Free to cancel until { $when }.
cancel-ask = Cancel { $when }?
cancel-late = It could be cancelled here until { $when }. Please call if you can't come.
cancelled = { $when } is cancelled.
undo-until = You can undo this until { $time }.
undone = Your visit is back.
move-title = Moving <b>{ $service }</b>, now { $when }
move-ask = Move from { $old } to <b>{ $new }</b>?

## Client: phone, language, data
phone-ask = Please share your number, so that we can reach you.
phone-required = Please share your number: it is needed to confirm the visit.
phone-how = Tap “Share my number” below. A typed number is not taken.
phone-not-yours = That is somebody else's contact. Please send your own.
phone-thanks = Thank you, your number is saved.
language-ask = Which language do you prefer?
language-set = Now in English
data = <b>What is kept about you</b>
    Name: { $name }
    Phone: { $phone }
    Username: { $username }
    Language: { $language }
    Here since: { $since }
    Visits: { $visits }
data-none = none
data-caption = Everything that is kept about you here.
erase-ask = Erase everything that is kept about you? This cannot be undone.
erased = Your data has been erased.

## No dead ends
menu-refreshed = This menu was refreshed
use-buttons = Please use the buttons below.
command-start = Open the menu
command-help = What this bot does
command-cancel = Leave what you were doing
help = <b>{ $business }</b>: book, move and cancel visits right here.
    /start opens the menu, /cancel leaves what you were doing.
start-over = Typing does not work at this moment. Please try again in a minute.
refused = This is not available.
refused-slot-taken = This time has just been taken. These are free:
refused-time = This time can't be booked any more. These are free:
refused-taken = This time has been taken meanwhile.
refused-no-time = This time can't be booked any more.
refused-too-late = It is too late to change this visit here. Please call.
refused-limit = You have as many upcoming visits as can be booked at once.
refused-step = This has been changed meanwhile.
refused-in-use = Please cancel your upcoming visits first.
refused-code = This invitation is not valid (any more).
refused-rate = One moment, please: that was a little fast.
refused-closed = Booking is switched off at the moment.
outage-booking = <b>Not booked yet. Nothing was saved.</b>
    There is no connection at the moment. Please try again.
outage = There is no connection at the moment. Nothing was changed. Please try again.
bad-link = This link does not work (any more).
lost-role = You are not on the staff here any more. You can still book as a client.

## Staff
invited-admin = You are invited to run <b>{ $business }</b> as an admin.
invited-staff = You are invited to work at <b>{ $business }</b>.
invited-specialist = You are invited to work at <b>{ $business }</b> as <b>{ $name }</b>.
invited-welcome = Welcome to the team!
day-summary = <b>{ $day }</b>: { $count ->
        [one] { $count } booking
       *[other] { $count } bookings
    }, first { $first }
day-empty = <b>{ $day }</b>: no bookings
working = Working { $shifts }
day-off = Day off
visits-count = { $count ->
        [one] { $count } booking
       *[other] { $count } bookings
    }
client-coming = The client has said they will come.
staff-cancel-ask = Cancel { $when } for { $name }? They will be told.
saved = Saved

## Notices
notice-booked = <b>You're booked.</b>
notice-moved = <b>Your visit has been moved.</b>
notice-was = It was { $when }.
notice-cancelled = <b>Your visit is cancelled.</b>
notice-reminder = { $when }: { $service }, { $specialist }. Coming?
notice-approval-asked = <b>Your request has been sent.</b> We'll write as soon as it is confirmed.
notice-approved = <b>Your visit is confirmed.</b>
notice-declined = <b>This time can't be confirmed.</b> We are sorry; please choose another.
notice-broadcast = <b>A message for you</b>
notice-code = <b>A message for you</b>
notice-text = <b>A message for you</b>
notice-empty = A message for you
notice-otp = Your code: <code>{ $code }</code>
    Give it to nobody.
staff-booked = <b>New booking</b>
staff-moved = <b>Booking moved</b>
staff-cancelled = <b>Booking cancelled</b>
staff-reminder = <b>Coming up</b>
staff-approval-asked = <b>A request waits for your answer</b>
staff-approved = <b>Booking approved</b>
staff-declined = <b>Booking declined</b>
staff-broadcast = <b>Message</b>
staff-code = <b>Message</b>
staff-text = <b>Message</b>
coming-thanks = Thank you, see you then!
approved-here = Approved.
declined-here = Declined.

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
todo-address = Zone and address
todo-services = Services
todo-staff = Staff
todo-hours = Working hours
todo-test = A test booking
todo-share = Share the link and QR code
zone-fixed = Time zone: { $zone }. Whoever runs the server can change it.
