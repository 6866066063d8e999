### Messages to customers and moderators.

## Form

form-rating = How did we do? Rate us from { $lowest } (bad) to { $highest } (excellent).
form-rating-kept = Your text is kept. How would you rate us, from { $lowest } to { $highest }?
form-tags = What is it about? Pick as many topics as you like, or skip.
form-text = Write your review in one message: up to { $limit } { $limit ->
    [one] character
   *[other] characters
}.
form-photos = You may add up to { $limit } photos.
form-edit = What would you like to change?
form-preview = Check your review before sending it
form-cancelled = Review cancelled. To start again: /start
form-continued = The review goes on below ↓

summary-rating = Rating: { $rating }
summary-no-rating = Rating: none yet
summary-tags = Topics: { $tags }
summary-no-tags = Topics: none
summary-photos = Photos: { $count }

button-done = Done ({ $count })
button-skip = Skip
button-back = ← Back
button-cancel = Cancel
button-send = Send
button-edit = Edit
button-edit-rating = Rating
button-edit-tags = Topics
button-photos-off = Remove photos
button-edit-text = Text
button-all-classes = All topics
button-main-classes = ← Main ones


## Errors

text-empty = This message has no visible characters. Please write your review in words.
text-too-long = Too long: { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }. Please shorten it and send it again; everything else is kept.
text-too-long-joined = Together with the text before it would have { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }. The text before is kept, this one was not added.
text-edited-late = Editing this message changes nothing: it is not part of the review you are writing. To add the text, send it as a new message.
text-edited-sent = Review No. { $number } is already accepted; this edit does not change it.
text-edited-no-form = Editing this message changes nothing: you are not writing a review now. To begin one, send the text as a new message.
text-forwarded = This is a forwarded message. Please write the review in your own words.
not-text = I accept only text and photos.
not-text-voice = I do not accept voice messages and audio: they cannot be read quickly or searched. Please write your review as text.
not-text-video = I do not accept videos: they take too long to watch. Please describe it as text and add up to three photos.
not-text-file = I do not accept files: for security the team does not open them. Please write your review as text, and send a picture as a photo.
not-text-image-file = You sent this picture as a file, and I do not accept files. Please send it again as a photo, compressed.
not-text-form = The form is waiting.
not-text-start = To leave a review: /start
photos-full = A review may have up to { $limit } photos. Photos over this limit were not added, everything else is kept.
unknown-command = There is no such command. All commands: /help
elsewhere-group = /{ $command } works in the moderators' group, not here.
elsewhere-private = /{ $command } works in my private chat: { $link }
elsewhere-new-group = Add me to the group in which the reviews should appear, and send /{ $command } there.
form-gone = This form is closed. To start a new one: /start
form-changed = The form has changed in the meantime. Your text is kept: please check it and continue.
button-gone = This button no longer works.
already-sent = This review has been accepted already, number { $number }.
too-many-a-day = You have reached the limit of reviews per day: { $limit }. This one is kept: press Send in { $hours } h.
said-before = You have already sent the same review today; it was accepted as No. { $number }. You do not need to repeat it. To add something, press Edit.
banned = The team no longer takes your reviews and messages. What is stored about you: /mydata, to erase it: /forget
banned-tap = The team no longer takes your reviews and messages.
too-fast = Too many reviews in a row. Please wait { $wait } { $wait ->
    [one] second
   *[other] seconds
} and press Send again: your review is kept.
too-many-taps = Too fast. Please wait { $wait } s.
queue-full = We are receiving very many reviews. Yours is kept: press Send again in a minute.
failed = Something went wrong on our side. No accepted review is lost; please try again in a minute.
nothing-to-cancel = There is nothing to cancel. To leave a review: /start

## Answer

receipt = Review No. { $number } is accepted. { $before ->
    [0] It is first in the queue.
    [one] { $before } review is ahead of it.
   *[other] { $before } reviews are ahead of it.
}
receipt-delayed = Review No. { $number } is accepted. Reading it is delayed: the answer will come here as soon as it is ready.
receipt-people = Review No. { $number } is accepted. A person will read it.
answer-title = Review No. { $number } has been read
answer-checked = Checked by a person
answer-thanks = Thank you! The people in charge of this will see it.
answer-person = Thank you! The program is not sure what your review is about, so a person will read it too.
answer-ranked = Thank you! The program cannot tell what your review is about, so a person will read it too.
answer-no-classes = Thank you! The program did not understand your review, so a person will read it too.
answer-late = Ready: the answer to your review No. { $number } is above.
button-check-right = 👍 Got it right
button-check-wrong = 👎 Not right
button-check-else = Something else
button-check-right-after-all = 👍 It is right after all
button-check-said-right = 👍 You said: right
button-check-said-about = 👎 You said: { $title }
button-check-said-else = 👎 You said: something else
check-again = You can answer again.
check-thanks-right = Thank you! Good to know that we got it right.
check-ask-about = Thank you. What is the review about? Please choose below.
check-thanks-wrong = Thank you! The team will see that we got your review wrong.
consent-question = May your reviews be used to help the bot understand others better? The text and its corrections stay on the company's server, without your name and id. The answer does not depend on it, and you can change your mind in /privacy.
consent-open = Training: you have not decided yet whether the bot may learn from your reviews. Until then it does not.
consent-given = Training: you let the bot learn from your reviews.
consent-refused = Training: your reviews are not used for training.
button-consent-yes = Yes, they may
button-consent-no = No
button-consent-give = Allow training
button-consent-revoke = Withdraw consent
consent-stored-yes = Thank you! Saved: your reviews may be used.
consent-stored-no = Saved: your reviews are not used.
consent-now-yes = Thank you! You let the bot learn from your reviews. To withdraw: /privacy
consent-now-no = Your reviews are not used for training. To change that: /privacy
confidence-sure = high
confidence-likely = medium
confidence-guess = low
class-share-of-model = model: { $share }
classes-more = and { $count } more
answer-confidence = Confidence: { $confidence }

## Moderators' card

rating-of = { $rating } of { $highest }
card-number = No. { $number }
card-person = The model is not sure, a person is needed
card-closest = Closest:
card-ranked = The model cannot classify this review, a person is needed
card-closest-ranked = Suggestions, ordered by likelihood only:
card-failed = The model could not read this one, a person is needed
card-classes = Topics ({ $confidence } confidence):
card-model = Model: { $model }
card-received = received { $time }
card-source = source: { $source }
card-settled = Checked by { $name }:
card-disputed = ⚖️ Disputed
card-training = 🎓 Goes into training
card-training-disputed = Not for training while it is disputed
card-training-excluded = Not for training: spam, or the author is banned
card-photos = 📷 Photos: { $count }
card-author-yes = 👍 Author: right
card-author-no = 👎 Author: not right
card-author-no-else = 👎 Author: not right, it is about something else
card-author-no-about = 👎 Author: it is about “{ $title }”
card-same-text = 👥 Same text from { $count } more { $count ->
    [one] author
   *[other] authors
}
card-ban-open = ⛔ The author is banned
card-ban-silent = 🔇 The author's reviews are hidden
photos-of = Photos of No. { $number }
dialogue-expired = The message was deleted: its retention period is over.
photo-expired = The photo was deleted: its retention period is over.
alias-animals = Badger Bear Beaver Bison Boar Bull Camel Cat Crane Crow Deer Dolphin Duck Eagle Elk Falcon Finch Fox Gecko Goose Hare Heron Horse Koala Lark Lion Lynx Mole Moose Otter Owl Panda Perch Raven Seal Swan Tiger Whale Wolf Zebra
card-training-no-consent = Not for training: the author has not agreed
card-owner = 🙋 { $name } is on it
card-state-closed = 📁 Closed
card-state-solved = 📁 Closed · ✅ the author confirmed that it is solved
card-state-spam = 🚫 Spam
card-state-taken = Taken
card-state-waiting_customer = ⏳ Waiting for the author
card-state-waiting_team = ❗ The author waits for an answer
digest-title = { $count ->
    [one] { $count } new review
   *[other] { $count } new reviews
}. The command opens its card:
card-expired = The text of review No. { $number } was deleted: its retention period is over.
digest-expired = { $count ->
    [one] { $count } more review was deleted: its retention period is over.
   *[other] { $count } more reviews were deleted: their retention period is over.
}
card-unknown = There is no review No. { $number }.

## The moderators' desk

desk-someone = a moderator
desk-stranger = Only members of the moderators' group can do this.
desk-button-right = ✅ Right
desk-button-fix = ✏️ Fix
desk-button-reply = 💬 Reply
desk-button-take = 🙋 Take
desk-button-take-over = 🙋 Take over
desk-button-close = 📁 Close
desk-button-reopen = ↩️ Reopen
desk-button-spam = 🚫 Spam
desk-button-not-spam = ↩️ Not spam
desk-button-undo = ↩️ Undo
desk-button-ban = ⛔ Ban author
desk-button-silent-ban = 🔇 Hide silently
desk-button-unban = ↩️ Lift the ban
ban-leads-only = Only admins of the group can ban authors and lift bans.
ban-help = Choose the author by a review: reply to its card with the command, or add its number, for example /ban 123. /ban: the author is told. /silence: the author is not told, their reviews do not come here. /unban: lift the ban. /banned: list of bans.
ban-done-open = The author of No. { $number } is banned, and is told so when they write. To lift it: /unban_{ $number }
ban-done-silent = New reviews of the author of No. { $number } do not come here, and the author does not see that. To lift it: /unban_{ $number }
ban-lifted = The ban of the author of No. { $number } is lifted. Hidden reviews, if there are any, will come here.
ban-not-there = The author of No. { $number } is not banned.
ban-none = Nobody is banned.
ban-line-open = ⛔ author of No. { $number }: /unban_{ $number }
ban-line-silent = 🔇 author of No. { $number }: /unban_{ $number }
desk-button-done = Done
desk-button-top = ‹ Back
desk-button-meaning = ℹ️ Meaning
desk-button-search = 🔎 Search
desk-done-take = It is yours for 30 minutes.
desk-done-close = Closed.
desk-done-reopen = Open again.
desk-done-spam = Marked as spam.
desk-done-not-spam = No longer marked as spam.
desk-saved = Saved: { $classes }
desk-done-undo = Undone.
desk-taken = { $name } is already on it, { $minutes } min.
desk-refused-yours = It is already yours.
desk-refused-closed = This case is closed.
desk-refused-open = This case is already open.
desk-refused-spam = This case is marked as spam.
desk-refused-not_spam = This case is not marked as spam.
desk-overtaken = { $name } was faster. Now: { $state }
desk-outdated = The card was outdated. Now: { $state }
desk-too-late = There is nothing that you can undo: Undo works for 10 minutes. To change the topics, tap Fix.
desk-state-new = new
desk-state-taken = taken
desk-state-waiting_customer = waiting for the author
desk-state-waiting_team = the author waits for an answer
desk-state-closed = closed
desk-state-spam = spam

reply-how = Reply to this card (swipe it to the left): your text, photo or file goes to the author in 10 s. // at the beginning makes it a note for the team.
reply-how-canned = Reply to this card (swipe it to the left): your words go to the author in 10 s. Or choose a prepared answer below.

route-title = Where cards go
route-none = with the others
route-gone = this group of topics no longer exists
route-closed-short = the forum topic is closed, its cards go with the others
route-deleted-short = the forum topic is deleted, its cards go with the others
route-help = To send the cards of a group to a forum topic, write in that topic, for example, /route { $slug }. To undo it: /route off { $slug }
route-leads-only = Only admins of the group can change routes.
route-added = The cards of “{ $title }” go to this topic now. To undo: /route off { $slug }
route-removed = With the others again: { $slugs }
route-nothing = There is no such route. All routes: /route
route-no-topic = This is not a forum topic. Write /route { $slug } inside the topic where the cards should go.
route-unknown = There is no group “{ $words }”. Groups: { $groups }
route-several = “{ $words }” matches several groups. Choose one: { $groups }
routed-topic-closed = The topic “{ $topic }” is closed, so its cards go with the others. Reopen it, or send /route in another topic.
routed-topic-deleted = The topic “{ $topic }” is deleted, so its cards go with the others. Send /route with the name of the group in another topic. If the bot should create deleted topics again, make it an admin with the right to manage topics.
route-card = card

panel-chosen = Chosen: { $classes }
panel-none = Nothing is chosen yet: choose at least one topic
panel-guess = The model is not sure. 💡 selects its guess.
panel-guess-ranked = The model cannot classify this review. 💡 selects its first suggestion.
panel-hint = Each tap is saved at once and counts after Done, or a minute after the last tap. The percentages are the model's.
panel-hint-ranked = Each tap is saved at once and counts after Done, or a minute after the last tap. The model gave no percentages: the topics are ordered by likelihood only.
panel-saved = ✅ Saved: { $classes }
panel-disputed = Another moderator chose otherwise, so the card says that it is disputed.
panel-undone = Undone. The topics are as they were before.
panel-search-hint = Reply to this message with a part of a word, for example: price
panel-found = Found for “{ $words }”:
panel-not-found = Nothing found for “{ $words }”. Try a shorter part of a word.
panel-empty = Choose at least one topic: an empty set cannot be saved.
panel-gone = This panel is out of date. Open it again with Fix on the card.
desk-button-edit-again = ✏️ Change

## Moderators' private chats

desk-anonymous = You write as an anonymous admin, so I do not know where to answer. Send the command to me in private: { $link }
desk-start-first = I cannot write to you yet. Open { $link }, press Start and repeat the command.
queue-left = Left after this one: { $count }
queue-left-many = Left after this one: more than { $count }
queue-disputed = ⚖️ Disputed. Chosen: { $sets }
queue-empty = ✅ There is nothing left for you now. Reviews that you skipped come back after a day. Reviews that another moderator has open are not shown.
queue-removed = Review No. { $number } was removed by its author. To continue: /unsure
queue-elsewhere = The queue continues in a newer message.
queue-gone = This message is out of date. To continue: /unsure
desk-button-skip = ⏭ Skip
queue-button-previous = ↩️ Back to No. { $number }
find-help = What are you looking for? Write a word or its beginning, for example: /find wait long
    The result has the reviews with all the words. Upper and lower case make no difference.
list-none = Nothing was found here.
list-cut = { $count } reviews were searched, back to No. { $number }. The button continues the search from there.
list-more = and { $count } more
list-removed = A review of this list was removed by its author. Please send the command again.
list-expired = Some texts of this list were deleted: their retention period is over. Please send the command again.
list-gone = This list is out of date. Please send the command again.
list-button-open = ✏️ No. { $number }
desk-button-more = Next ›
desk-button-newest = « Newest
desk-button-page-back = ‹ Back
desk-button-classes = ‹ All topics
classes-title = Topics of the last { $days } days: { $count ->
    [0] no review has a topic yet
    [one] { $count } review
   *[other] { $count } reviews
}
classes-waiting = Not counted, because they wait for a person: { $count }
classes-hint = As checked by people, otherwise as the model answered. A review with several topics is counted in each of them. Spam is not counted. A tap shows the newest reviews.
mine-waiting = ❗ Waiting for your answer: { $count }
mine-taken = 🙋 Taken by you: { $count }
mine-none = You have taken no case, and no author waits for your answer.
help-moderator =
    For moderators, here and in the group:

    /unsure: label disputed and uncertain reviews one by one
    /find words: find reviews
    /classes: topics of the last 30 days and their reviews
    /mine: what I have taken, and who waits for my answer
    /export 30d: labels for training as a file (admins of the group)
    /r123: the card of a review

    In the group only:

    /queue: how many reviews wait
    /canned: prepared answers
    /route: which forum topic gets which cards
    /ban 123, /silence 123, /unban 123, /banned: bans of authors (admins of the group)
export-help = For how many days? For example: /export 30d, or as a table: /export 30d csv
export-leads-only = Only admins of the group can export labels.
export-empty = There is nothing to export: no review of these { $days } days has undisputed topics by a person and its author's consent to training.
export-too-big = The file has { $size } MB; Telegram allows a bot { $limit } MB. Choose fewer days, or export on the server: python -m bot export
export-caption = { $count ->
    [one] { $count } review
   *[other] { $count } reviews
} of { $days } { $days ->
    [one] day
   *[other] days
}: labelled by people, undisputed, with their authors' consent. The file contains their words in plain text: delete it after use.
export-expired = This file was removed: the retention period of a review in it is over.
export-erased = This file was removed: it contained a review whose author erased their data.
export-erased-copies = { $count ->
    [one] A file that you exported contained a review whose author has erased their data. Please delete the copies of it ({ $times }) and export anew.
   *[other] { $count } files that you exported contained a review whose author has erased their data. Please delete the copies of them ({ $times }) and export anew.
}
forget-exported = Your words were in { $count } { $count ->
    [one] file
   *[other] files
} for training, as you had agreed. Copies may exist: whoever made them has been asked to delete them.

## The moderators' group

group-hello = Hello! I can show new reviews here. To connect this group, send the code from the bot's log: /connect@{ $bot } CODE
group-id = This group: { $id }
    As a setting: MODERATORS_CHAT_ID={ $id }
group-connected = Connected. New reviews will appear here.
group-connected-before = This group is already connected.
group-wrong-code = Wrong code. The bot's log shows the code after its start; send it here: /connect CODE
group-taken = Another group is already connected. To show reviews here instead, set MODERATORS_CHAT_ID (/chatid shows the value) and restart the bot.
topic-closed = The topic for new reviews is closed, so they appear here. Reopen it, or send /connect in another topic.
topic-deleted = The topic for new reviews is deleted, so they appear here. To show them in another topic, send /connect there.
obstacle-unknown = The bot cannot find this group. Add it to the group, send /chatid there, and put the number into the settings.
obstacle-no-group = This is not a group. Send /chatid in the moderators' group and put the number into the settings.
obstacle-outside = The bot is not in the group. Add it to the group.
obstacle-no-messages = The bot may not send messages in the group. Make it an administrator there.
obstacle-no-photos = The bot may not send pictures in the group. Make it an administrator there.
## The queue, for moderators

queue-waiting = Waiting to be read: { $count }
queue-age = { $minutes ->
    [0] { $seconds } s
   *[other] { $minutes } min { $seconds } s
}
queue-oldest = The oldest has waited { $age }
queue-workers = { $count ->
    [0] No worker is running: reviews are not read
   *[other] Workers: { $count }
}
queue-model = Model: { $model }
queue-no-larger-model = No larger model: { $reason }
queue-answers = Answers on their way: { $count }
queue-dead = Failed, a person must check: { $count }
queue-rate = Answered in the last { $minutes } minutes: { $count }
queue-passed-over = Cards that Telegram refuses (see the log): { $count }
queue-erasures = Erasures for authors that wait: { $count }; failed several times (see the log): { $stuck }
queue-unknown = The queue is not available at the moment: Redis does not answer. No accepted review is lost.

## Dialogue: what the author of a review reads

reply-title = Answer to your review No. { $number }
button-reply = Reply
button-answer-stop = Do not reply
answer-invitation = Write your answer to review No. { $number } in the next message: text or a photo.
answer-stopped = All right, no answer. The Reply button below the message stays.
answer-passed = Passed on to the team: your answer to review No. { $number }.
answer-question = Is this an answer to your review, or a new review? If you do not choose, I pass it on to the team as an answer to review No. { $number } in { $minutes } minutes.
answer-question-photo = Shall I pass this on to the team? If you do not choose, I pass it on as an answer to review No. { $number } in { $minutes } minutes.
button-answer-on = Answer to No. { $number }
button-new-review = New review
button-answer-drop = Do not pass on
answer-dropped = Not passed on.
answer-became-review = This is a new review, it goes on below ↓
answer-decided = This message has already been handled.
answer-too-long = Too long: { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }. The message was not passed on: please shorten or split it.
answer-edit-too-long = The edit was not passed on: { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }. The team still has the earlier text.
answer-edit-in-parts = The edit was not passed on: the team has this long answer in parts. Please send the change as a new message.
answer-unsupported = I can pass text or photos on to the team. I do not pass on voice messages, videos and files: they cannot be read quickly. Please use text.
answer-too-fast = Too many messages in a row. This one was not passed on: please send it again in { $wait } s.
answer-erased = This review is erased, there is nothing to answer. To leave a new one: /start
closing = Review No. { $number } is closed. Is your problem solved?
button-solved = Solved
button-unsolved = Not solved
closing-solved = Review No. { $number } is closed. You answered: solved. Thank you!
closing-unsolved = Review No. { $number } is open again: the team will read your answer. You can add details in the next message.

## Dialogue: what moderators read

status-held = Goes to the author of No. { $number } in { $seconds } s
status-tap = You write anonymously. To send this to the author of No. { $number }, tap Send.
status-sending = On its way to the author of No. { $number }
status-sent = ✓ Delivered to the author of No. { $number }
status-edited = ✓ Delivered to the author of No. { $number }, with your edit
status-edit-failed = ✓ Delivered to the author of No. { $number }, but not the edit: { $reason }
status-failed = ✗ Not delivered to the author of No. { $number }: { $reason }
status-unknown = ? It is not known whether the reply reached the author of No. { $number }: the connection to Telegram broke. If you send it again, it may arrive twice.
status-cancelled = Not sent to the author of No. { $number }: cancelled
status-unsent = The reply to the author of No. { $number } was unsent: it is deleted in the author's chat
status-note = Note on No. { $number }: it stays in this group
button-hold-cancel = Cancel
button-hold-note = Note
button-hold-send = Send
button-unsend = Unsend
button-send-again = Send again
button-leave = Do not send
undelivered-blocked = the bot is blocked
undelivered-deactivated = the account is deleted
undelivered-no-chat = the chat no longer exists
undeliverable-too-long = too long, characters over the limit: { $detail }. Edit your message to shorten it
undelivered-file-too-big = the file is too big
undelivered-file-gone = the file is no longer available, please send it anew
undelivered-gone = the author no longer has the message
undelivered-unshown = I could not show the moderator that it waits, so it was not sent
undelivered-unknown = it is not known whether it arrived
undeliverable-other = Telegram refused ({ $detail })
refused-stranger = Not sent: only members of this group can answer.
refused-channel = Not sent: please answer as yourself, not as a channel.
refused-digest = Not sent: this list has several reviews. Open a card with its command and reply to the card.
misplaced-status = Not sent: this is a message about an earlier reply. Reply to the card of No. { $number }: /r{ $number } opens it
misplaced-colleague = Not sent: this is a reply to a colleague. To write to the author of No. { $number }, reply to the card: /r{ $number } opens it
refused-unknown = Not sent: it is not clear which review this is about. Its author erased it, or this is not a card. A command such as /r123 opens a card
refused-command = Not sent: a message that begins with / is a command. To answer, remove the slash; to write a note, begin with //
refused-album = Not sent: I do not pass albums on. Send the photos one by one, each as a reply to the card.
refused-unsupported = Not sent: I can pass on text, photos and files.
refused-empty = Not sent: this message has no text.
refused-broken = Not sent: the archive is not available now. Please try again in a minute.
tap-members-only = These buttons are for the members of the group.
tap-late = Too late: the message is already in another state.
tap-cancelled = Cancelled.
tap-noted = This is a note, it stays in the group.
tap-sending = Sending.
tap-unsent = Unsent: the message is deleted.
tap-unsend-failed = It could not be unsent: { $reason }
tap-unsend-late = Telegram allows a message to be deleted only within 48 hours.
edit-late = The edit was not passed on: more than 48 hours have passed.
edit-note = The edit was not passed on: // begins a note. The author still sees the earlier text.
case-answer = The author of No. { $number } answers
case-unsolved = The author of No. { $number } says: not solved
reminder = { $count ->
    [one] { $count } review has waited too long for an answer
   *[other] { $count } reviews have waited too long for an answer
}: { $commands }

## Prepared answers, for moderators

canned-title = Prepared answers
canned-help = Reply to a card with a command such as /c1: the answer goes to the author in 10 s. For answers that fit a card: reply to it with /canned.
    To add (group admins): /canned add Text, for one class, by its title or number: /canned add { $title }: Text. To remove: /canned remove 1
canned-none = There are no prepared answers yet. To add (group admins): /canned add Text, for one class, by its title or number: /canned add { $title }: Text
canned-any-class = any class
canned-suggested = Prepared answers for No. { $number }. A tap sends one to the author in 10 s.
canned-added = The prepared answer is added: /c{ $id }
canned-removed = The prepared answer /c{ $id } is removed.
canned-unknown = There is no prepared answer /c{ $id }. All of them: /canned
canned-no-class = There is no class { $id }.
canned-too-long = Too long: { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }.
canned-leads-only = Only admins of the group can change prepared answers.
tap-held = It will be sent in 10 s.

## A person's own data

mydata = Everything stored about you. To erase it: /forget
forget-ask = Erase everything stored about you? { $count ->
    [0] You have sent no reviews.
    [one] { $count } review will be erased.
   *[other] { $count } reviews will be erased.
} This cannot be undone.
button-forget = Erase
button-keep = Keep
forget-kept = Nothing was erased.
forget-begun = The erasure has begun. You do not have to wait: this message will change when everything is erased. Messages that you send from now on are kept.
forget-under-way = Your data is already being erased. The message with the button will change when it is done; after that you can ask again.
forget-done = Done, everything is erased. { $count ->
    [0] There were no reviews.
    [one] { $count } review is gone.
   *[other] { $count } reviews are gone.
}
dialogue-erased = Erased, as the author of the review asked.
dialogue-out-of-reach = The author of a review asked to erase their data. Telegram does not let me delete { $count ->
    [one] { $count } message
   *[other] { $count } messages
} in this group: please delete { $count ->
    [one] it
   *[other] them
} by hand. { $links }
dialogue-out-of-reach-here = The author of this review asked to erase their data. Telegram does not let me delete this message: please delete it by hand.
forget-out-of-reach = Telegram does not let me delete { $count ->
    [one] { $count } message
   *[other] { $count } messages
} in the team's chats; I have asked the team to do it by hand.
receipt-forgotten = Review No. { $number } is erased, as you asked.
forget-ban-stays = The ban stays: your id is kept in the list of bans.
card-removed = Review No. { $number } was removed by its author.
digest-removed = { $count ->
    [one] { $count } more review was removed by its author.
   *[other] { $count } more reviews were removed by their authors.
}

## Commands

start = Hello! Tell us what you liked and what you did not: we read every review.
help =
    I collect reviews: a few taps, a few words. Within seconds I tell you how I understood yours and pass it to the people who can help.

    /start: leave a review
    /cancel: cancel the one you began
    /lang: language
    /privacy: what is stored
    /mydata: my data as a file
    /forget: erase my data
privacy =
    What is stored: your Telegram id and language, the text of your review, its rating and topics if you gave any, the answer to it and what you said of that answer, photos of the review, your messages to the team and theirs to you, and the times. Your name and phone are not stored. The photos themselves are kept by Telegram; we keep encrypted references to them. If the team bans somebody, their id stays in the list of bans, also after /forget.

    Where: on the company's own server only. The texts are encrypted and their key is stored separately. A model on the same server reads it; it is passed to no other company.

    Who sees it: the company's people in the moderators' group, { $names ->
        [alias] with an alias in place of your name
        [first_name] with your first name from Telegram
       *[number] without your name
    }.
privacy-retention = How long: the text, the photos, the messages about it and the chart are deleted { $days } { $days ->
    [one] day
   *[other] days
} after you sent the review. The messages in this chat stay; you can delete them yourself. Rating, topics and classes are kept for statistics.
language-pick = Выберите язык / Choose a language
language-set = Language: English.
language-name = English

command-start = Leave a review
command-help = What the bot does
command-cancel = Cancel the review you began
command-lang = Language
command-privacy = What is stored
command-mydata = My data as a file
command-forget = Erase my data
command-chatid = The id of this group
command-connect = Show new reviews in this group
command-ban = Ban the author of a review
command-silence = Hide an author's reviews silently
command-unban = Lift a ban
command-banned = Who is banned
command-canned = Prepared answers
command-route = Which forum topic gets which cards
command-queue = How many reviews wait
command-unsure = Label uncertain reviews
command-find = Find reviews by words
command-classes = Topics of the last 30 days
command-mine = My cases
command-export = Labels for training (admins)

profile-description = Leave a review: a few taps, a few words. The bot answers at once how it understood you and shows it to the people who can help.
profile-short = Collects reviews and answers at once
