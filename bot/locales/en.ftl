### The words that customers and moderators read.

## Form

form-rating = How did we do? Rate us from 0 (bad) to 6 (excellent).
form-rating-kept = Your text is kept. How would you rate us, from 0 to 6?
form-tags = Rating: { $rating } of 6. What is it about? Pick as many topics as you like, or skip.
form-text = Write your review in one message: up to { $limit } { $limit ->
    [one] character
   *[other] characters
}.
form-edit = What would you like to change?
form-preview = Check your review before sending it
form-cancelled = The review is cancelled. To start again: /start
form-continued = The review goes on below ↓

summary-rating = Rating: { $rating } of 6
summary-no-rating = Rating: none yet
summary-tags = Topics: { $tags }
summary-no-tags = Topics: none

button-done = Done ({ $count })
button-skip = Skip
button-back = ← Back
button-cancel = Cancel
button-send = Send
button-edit = Edit
button-edit-rating = Rating
button-edit-tags = Topics
button-edit-text = Text
button-all-classes = All topics
button-main-classes = ← Main ones

tag-ASSORTMENT = Assortment
tag-CATALOG_NAVIGATION = Search and catalogue
tag-DELIVERY = Delivery
tag-PAYMENT = Payment
tag-PRICE = Prices
tag-PRODUCTS_QUALITY = Product quality
tag-PROMOTIONS = Promotions
tag-SUPPORT = Support

## What went wrong

text-empty = There is no visible character in this message. Please write your review in words.
text-too-long = Too long: { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }. Please shorten it and send it again; everything else is kept.
text-too-long-joined = Together with the text before it would have { $length } { $length ->
    [one] character
   *[other] characters
}, the limit is { $limit }. The text before is kept, this one was not added.
text-edited-late = Editing this message changes nothing: it is not part of the review you are writing. To add the text, send it as a new message.
text-forwarded = This is a forwarded message. Please write the review in your own words.
not-text = I can only read text. Please write your review in words; the form is waiting.
not-text-no-form = I can only read text. To leave a review: /start
unknown-command = There is no such command. The list: /help
form-gone = This form is closed. To start a new one: /start
button-gone = This button no longer works.
already-sent = This review has been accepted already, number { $number }.
too-fast = Too many reviews in a row. Please wait { $wait } { $wait ->
    [one] second
   *[other] seconds
} and press Send again: your review is kept.
too-many-taps = Too fast. Please wait { $wait } s.
queue-full = Very many reviews are coming in. Yours is kept: press Send again in a minute.
failed = Something broke on our side. Nothing that was accepted is lost; please try again in a minute.
nothing-to-cancel = There is nothing to cancel. To leave a review: /start

## Answer

receipt = Review No. { $number } is accepted. { $before ->
    [0] It is first in the queue.
    [one] { $before } review is ahead of it.
   *[other] { $before } reviews are ahead of it.
}
receipt-delayed = Review No. { $number } is accepted. Reading it is delayed: the answer will come here as soon as it is ready.
answer-title = Review No. { $number } has been read
answer-checked = Checked by a person
answer-thanks = Thank you! The people in charge of this will see it.
answer-person = Thank you! A person will read your review: the program is not sure what it is about.
answer-no-classes = Thank you! A person will read your review.
answer-late = Ready: see above how your review No. { $number } was understood.
confidence-sure = high
confidence-likely = medium
confidence-guess = low
classes-more = and { $count } more
answer-confidence = Confidence: { $confidence }

## Moderators' card

card-rating = { $rating } of 6
card-number = No. { $number }
card-person = The model is not sure, a person is needed
card-closest = Closest:
card-failed = The model could not read this one, a person is needed
card-classes = Topics ({ $confidence } confidence):
card-model = Model: { $model }
card-received = received { $time } UTC
card-source = source: { $source }
card-settled = Checked by { $name }:
card-disputed = ⚖️ Disputed
card-training-no-consent = Not for training: the author has not agreed
card-owner = 🙋 { $name } is on it
card-state-closed = ✔️ Closed
card-state-spam = 🚫 Spam
card-state-taken = Taken
card-state-waiting_customer = ⏳ Waiting for the author
card-state-waiting_team = ❗ The author waits for an answer
digest-title = { $count ->
    [one] { $count } new review
   *[other] { $count } new reviews
}. The command opens its card:
card-unknown = There is no review No. { $number }.

## The moderators' desk

desk-someone = a moderator
desk-stranger = Only members of the moderators' group can do this.
desk-button-right = ✅ Right
desk-button-fix = ✏️ Fix
desk-button-take = 🙋 Take
desk-button-take-over = 🙋 Take over
desk-button-close = ✔️ Close
desk-button-reopen = ↩️ Reopen
desk-button-spam = 🚫 Spam
desk-button-not-spam = ↩️ Not spam
desk-button-undo = ↩️ Undo
desk-button-done = Done
desk-button-top = ‹ Back
desk-button-meaning = ⓘ Meaning
desk-button-search = 🔎 Search
desk-done-take = It is yours for 30 minutes.
desk-done-close = Closed.
desk-done-reopen = Open again.
desk-done-spam = Marked as spam.
desk-done-not-spam = Not spam any more.
desk-saved = Saved: { $classes }
desk-done-undo = Taken back.
desk-taken = { $name } is already on it, { $minutes } min.
desk-refused-yours = It is yours already.
desk-refused-closed = This case is closed.
desk-refused-open = This case is open already.
desk-refused-spam = This case is marked as spam.
desk-refused-not_spam = This case is not marked as spam.
desk-overtaken = { $name } was faster. Now: { $state }
desk-too-late = There is nothing of yours to take back: that works for 10 minutes. To change the topics, tap Fix.
desk-state-new = new
desk-state-taken = taken
desk-state-waiting_customer = waiting for the author
desk-state-waiting_team = the author waits for an answer
desk-state-closed = closed
desk-state-spam = spam

panel-chosen = Chosen: { $classes }
panel-none = Nothing is chosen: choose at least one topic
panel-hint = Each tap is saved at once and counts after Done, or a minute after the last tap.
panel-saved = ✅ Saved: { $classes }
panel-disputed = Another moderator chose otherwise, so the card says that it is disputed.
panel-undone = Taken back. The topics are as they were before.
panel-search-hint = Reply to this message with a part of a word, for example: courier
panel-found = Found for “{ $words }”:
panel-not-found = Nothing is found for “{ $words }”. Try a shorter part of a word.
panel-empty = Choose at least one topic: an empty set cannot be saved.
panel-gone = This panel is out of date. Open it again with Fix on the card.
desk-button-edit-again = ✏️ Change

## The moderators' group

group-hello = Hello! I can show new reviews here. Whoever runs the bot finds a code in its log and sends it here: /connect@{ $bot } CODE
group-id = This group: { $id }
    To name it in the settings: MODERATORS_CHAT_ID={ $id }
group-connected = Connected. New reviews will appear here.
group-connected-before = This group is connected already.
group-wrong-code = That is not the code. It stands in the bot's log after its start; send it here: /connect CODE
group-taken = Another group is connected already. To show reviews here instead, write MODERATORS_CHAT_ID into the settings (/chatid tells it) and restart the bot.
obstacle-unknown = The bot knows no such group. Add it there, send /chatid there, and write the number into the settings.
obstacle-no-group = This is not a group. Send /chatid in the moderators' group and write the number into the settings.
obstacle-outside = The bot is not in the group. Add it there.
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
    [0] No worker is there: nothing is read
   *[other] Workers: { $count }
}
queue-model = Model: { $model }
queue-no-larger-model = No larger model: { $reason }
queue-answers = Answers on their way: { $count }
queue-dead = Put aside, for a person to look at: { $count }
queue-rate = Answered in the last { $minutes } minutes: { $count }
queue-passed-over = Cards that Telegram refuses (see the log): { $count }
queue-unknown = The queue cannot be asked at the moment: Redis does not answer. Nothing accepted is lost.

## A person's own data

mydata = Everything stored about you. To erase it: /forget
forget-ask = Erase everything stored about you? { $count ->
    [0] You have sent no reviews.
    [one] { $count } review will be erased.
   *[other] { $count } reviews will be erased.
} This cannot be undone.
button-forget = Erase
button-keep = Keep
forget-kept = Everything stays as it was.
forget-done = Done, everything is erased. { $count ->
    [0] There were no reviews.
    [one] { $count } review is gone.
   *[other] { $count } reviews are gone.
}
receipt-forgotten = Review No. { $number } is erased, as you asked.
card-removed = Review No. { $number } was removed by its author.
digest-removed = { $count ->
    [one] { $count } more review was removed by its author.
   *[other] { $count } more reviews were removed by their authors.
}

## Commands

start = Hello! Tell us what you liked and what you did not: we read every review.
help =
    I take reviews: a rating, topics, a few words. Within seconds I tell you how I understood yours and pass it to the people who can help.

    /start: leave a review
    /cancel: cancel the one you began
    /lang: language
    /privacy: what is stored
    /mydata: my data as a file
    /forget: erase my data
privacy =
    What is stored: your Telegram id and language, the rating, the topics and the text of your review, the answer to it and the times. Your name and phone are not stored.

    Where: on the company's own server only. The text is encrypted and its key is kept apart. A model on the same server reads it; it is passed to no other company.

    Who sees it: the company's people in the moderators' group, without your name.

    Training: your review is not used for training without your consent.
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
command-queue = How many reviews wait

profile-description = Leave a review: a rating, topics, a few words. The bot answers at once how it understood you and shows it to the people who can help.
profile-short = Takes reviews and answers at once
