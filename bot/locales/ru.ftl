### Слова, которые читают покупатель и модераторы.

## Форма

form-rating = Как вам наш сервис? Оцените от { $lowest } (плохо) до { $highest } (отлично).
form-rating-kept = Текст сохранён. Какую оценку поставите, от { $lowest } до { $highest }?
form-tags = О чём отзыв? Можно выбрать несколько тем или пропустить.
form-text = Напишите отзыв одним сообщением: до { $limit } { $limit ->
    [one] символа
   *[other] символов
}.
form-edit = Что изменить?
form-preview = Проверьте отзыв перед отправкой
form-cancelled = Отзыв отменён. Чтобы начать заново: /start
form-continued = Отзыв продолжается ниже ↓

summary-rating = Оценка: { $rating }
summary-no-rating = Оценка: ещё нет
summary-tags = Темы: { $tags }
summary-no-tags = Темы: не выбраны

button-done = Готово ({ $count })
button-skip = Пропустить
button-back = ← Назад
button-cancel = Отменить
button-send = Отправить
button-edit = Изменить
button-edit-rating = Оценку
button-edit-tags = Темы
button-edit-text = Текст
button-all-classes = Все темы
button-main-classes = ← Главное


## Что пошло не так

text-empty = В сообщении нет ни одного видимого символа. Напишите отзыв словами.
text-too-long = Слишком длинно: { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а можно до { $limit }. Сократите и пришлите ещё раз: всё остальное сохранено.
text-too-long-joined = Вместе с прежним текстом вышло бы { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а можно до { $limit }. Прежний текст сохранён, этот не добавлен.
text-edited-late = Правка этого сообщения ничего не меняет: оно не входит в отзыв, который вы сейчас пишете. Чтобы добавить текст, пришлите его новым сообщением.
text-forwarded = Это пересланное сообщение. Напишите отзыв, пожалуйста, своими словами.
not-text = Я читаю только текст. Напишите отзыв словами, форма вас ждёт.
not-text-no-form = Я читаю только текст. Чтобы оставить отзыв: /start
unknown-command = Такой команды нет. Список команд: /help
form-gone = Эта форма уже закрыта. Начать новую: /start
form-changed = Форма за это время изменилась. Написанное сохранено: проверьте, пожалуйста, и продолжайте.
button-gone = Эта кнопка больше не действует.
already-sent = Этот отзыв уже принят, номер { $number }.
too-fast = Слишком много отзывов подряд. Подождите { $wait } { $wait ->
    [one] секунду
    [few] секунды
   *[other] секунд
} и нажмите «Отправить» ещё раз: отзыв сохранён.
too-many-taps = Слишком быстро. Подождите { $wait } сек.
queue-full = Сейчас очень много отзывов. Ваш сохранён: нажмите «Отправить» через минуту.
failed = У нас что-то сломалось. Принятые отзывы не потеряны; попробуйте ещё раз через минуту.
nothing-to-cancel = Отменять нечего. Оставить отзыв: /start

## Ответ

receipt = Отзыв № { $number } принят. { $before ->
    [0] Он первый в очереди.
    [one] Перед ним { $before } отзыв.
    [few] Перед ним { $before } отзыва.
   *[other] Перед ним { $before } отзывов.
}
receipt-delayed = Отзыв № { $number } принят. Разбор задерживается: ответ придёт сюда, как только он будет готов.
answer-title = Отзыв № { $number } прочитан
answer-checked = Проверил человек
answer-thanks = Спасибо! Отзыв увидят те, кто за это отвечает.
answer-person = Спасибо! Отзыв прочитает человек: программа не уверена, о чём он.
answer-no-classes = Спасибо! Отзыв прочитает человек.
answer-late = Готово: разбор вашего отзыва № { $number } выше.
confidence-sure = высокая
confidence-likely = средняя
confidence-guess = низкая
classes-more = и ещё { $count }
answer-confidence = Уверенность: { $confidence }

## Карточка модераторов

rating-of = { $rating } из { $highest }
card-number = № { $number }
card-person = Модель не уверена, нужен человек
card-closest = Ближе всего:
card-failed = Модель не прочитала отзыв, нужен человек
card-classes = Темы (уверенность { $confidence }):
card-model = Модель: { $model }
card-received = получен { $time }
card-source = источник: { $source }
card-settled = Проверил человек ({ $name }):
card-disputed = ⚖️ Спор
card-training-no-consent = В обучение не пойдёт: автор не давал согласия
card-owner = 🙋 Занимается { $name }
card-state-closed = ✔️ Закрыт
card-state-spam = 🚫 Спам
card-state-taken = В работе
card-state-waiting_customer = ⏳ Ждём ответа автора
card-state-waiting_team = ❗ Автор ждёт ответа
digest-title = { $count ->
    [one] { $count } новый отзыв
    [few] { $count } новых отзыва
   *[other] { $count } новых отзывов
}. Команда открывает карточку:
card-expired = Текст отзыва № { $number } удалён: истёк срок хранения.
digest-expired = { $count ->
    [one] Ещё { $count } отзыв удалён: истёк срок хранения.
    [few] Ещё { $count } отзыва удалены: истёк срок хранения.
   *[other] Ещё { $count } отзывов удалены: истёк срок хранения.
}
card-unknown = Отзыва № { $number } нет.

## Рабочее место модераторов

desk-someone = модератор
desk-stranger = Это могут только участники группы модераторов.
desk-button-right = ✅ Верно
desk-button-fix = ✏️ Исправить
desk-button-take = 🙋 Беру
desk-button-take-over = 🙋 Забрать себе
desk-button-close = ✔️ Закрыть
desk-button-reopen = ↩️ Открыть снова
desk-button-spam = 🚫 Спам
desk-button-not-spam = ↩️ Не спам
desk-button-undo = ↩️ Отменить
desk-button-done = Готово
desk-button-top = ‹ Назад
desk-button-meaning = ℹ️ Что значит
desk-button-search = 🔎 Найти
desk-done-take = Отзыв ваш на 30 минут.
desk-done-close = Закрыт.
desk-done-reopen = Снова открыт.
desk-done-spam = Отмечен как спам.
desk-done-not-spam = Больше не спам.
desk-saved = Сохранено: { $classes }
desk-done-undo = Отменено.
desk-taken = Этим уже занимается { $name }, { $minutes } мин.
desk-refused-yours = Он уже ваш.
desk-refused-closed = Отзыв уже закрыт.
desk-refused-open = Отзыв и так открыт.
desk-refused-spam = Отзыв отмечен как спам.
desk-refused-not_spam = Отзыв не отмечен как спам.
desk-overtaken = Вас опередили ({ $name }). Сейчас: { $state }
desk-too-late = Вашей отметки, которую можно отменить, нет: отмена действует 10 минут. Чтобы изменить темы, нажмите «Исправить».
desk-state-new = новый
desk-state-taken = в работе
desk-state-waiting_customer = ждём ответа автора
desk-state-waiting_team = автор ждёт ответа
desk-state-closed = закрыт
desk-state-spam = спам

panel-chosen = Выбрано: { $classes }
panel-none = Ничего не выбрано: отметьте хотя бы одну тему
panel-hint = Каждое нажатие сохраняется сразу и засчитывается по кнопке «Готово» или через минуту после последнего.
panel-saved = ✅ Сохранено: { $classes }
panel-disputed = Другой модератор выбрал иначе, поэтому на карточке написано «спор».
panel-undone = Отменено. Темы такие, как были раньше.
panel-search-hint = Ответьте на это сообщение частью слова, например: курьер
panel-found = Найдено по «{ $words }»:
panel-not-found = По «{ $words }» ничего не найдено. Попробуйте часть слова покороче.
panel-empty = Отметьте хотя бы одну тему: пустой набор не сохраняется.
panel-gone = Эта панель устарела. Откройте её снова кнопкой «Исправить» на карточке.
desk-button-edit-again = ✏️ Изменить

## Группа модераторов

group-hello = Здравствуйте! Я могу показывать здесь новые отзывы. Тот, кто запустил бота, найдёт код в его журнале и отправит сюда: /connect@{ $bot } КОД
group-id = Эта группа: { $id }
    Чтобы указать её в настройках: MODERATORS_CHAT_ID={ $id }
group-connected = Готово. Новые отзывы будут появляться здесь.
group-connected-before = Эта группа уже подключена.
group-wrong-code = Это не тот код. Он записан в журнале бота после запуска; отправьте его сюда: /connect КОД
group-taken = Уже подключена другая группа. Чтобы показывать отзывы здесь, впишите в настройки MODERATORS_CHAT_ID (его назовёт /chatid) и перезапустите бота.
topic-closed = Тема для новых отзывов закрыта, поэтому они приходят сюда. Откройте её снова или отправьте /connect в другой теме.
topic-deleted = Тема для новых отзывов удалена, поэтому они приходят сюда. Чтобы они приходили в другую тему, отправьте там /connect.
obstacle-unknown = Бот не знает такой группы. Добавьте его туда, отправьте там /chatid и впишите число в настройки.
obstacle-no-group = Это не группа. Отправьте /chatid в группе модераторов и впишите число в настройки.
obstacle-outside = Бота нет в группе. Добавьте его туда.
obstacle-no-messages = Боту нельзя писать в группе. Сделайте его там администратором.
obstacle-no-photos = Боту нельзя отправлять картинки в группе. Сделайте его там администратором.
## Очередь, для модераторов

queue-waiting = Ждут разбора: { $count }
queue-age = { $minutes ->
    [0] { $seconds } с
   *[other] { $minutes } мин { $seconds } с
}
queue-oldest = Самый старый ждёт { $age }
queue-workers = { $count ->
    [0] Ни одного обработчика нет: отзывы не разбираются
   *[other] Обработчиков: { $count }
}
queue-model = Модель: { $model }
queue-no-larger-model = Модели крупнее нет: { $reason }
queue-answers = Ответов в пути: { $count }
queue-dead = Отложено, нужен человек: { $count }
queue-rate = Отвечено за { $minutes } мин: { $count }
queue-passed-over = Карточек, которые Telegram не принимает (см. журнал): { $count }
queue-unknown = Узнать об очереди сейчас нельзя: Redis не отвечает. Принятые отзывы не потеряны.

## Переписка: что читает автор отзыва

reply-title = Ответ по отзыву № { $number }
button-reply = Ответить
button-answer-stop = Не отвечать
answer-invitation = Напишите ответ по отзыву № { $number } следующим сообщением: текст или фото.
answer-stopped = Хорошо, ответа не будет. Кнопка «Ответить» под сообщением остаётся.
answer-passed = Передано команде: ответ по отзыву № { $number }.
answer-question = Это ответ по отзыву или новый отзыв? Если не выбрать, через { $minutes } минут я передам сообщение команде как ответ по отзыву № { $number }.
answer-question-photo = Передать это команде? Если не выбрать, через { $minutes } минут я передам его как ответ по отзыву № { $number }.
button-answer-on = Ответ на № { $number }
button-new-review = Новый отзыв
button-answer-drop = Не передавать
answer-dropped = Не передано.
answer-became-review = Это новый отзыв, он продолжается ниже ↓
answer-decided = С этим сообщением уже всё решено.
answer-too-long = Слишком длинно: { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а в ответе можно до { $limit }. Сообщение не передано: сократите его или разделите.
answer-edit-too-long = Правка не передана: { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а можно до { $limit }. У команды остался прежний текст.
answer-unsupported = Команде можно передать текст или фото. Голосовые, видео и файлы я не передаю: их нельзя прочесть с одного взгляда. Напишите, пожалуйста, словами.
answer-too-fast = Слишком много сообщений подряд. Это не передано: пришлите его ещё раз через { $wait } сек.
answer-erased = Этот отзыв удалён, отвечать не на что. Оставить новый: /start
closing = Отзыв № { $number } закрыт. Вопрос решён?
button-solved = Решено
button-unsolved = Не решено
closing-solved = Отзыв № { $number } закрыт. Вы ответили: решено. Спасибо!
closing-unsolved = Отзыв № { $number } снова открыт: команда прочтёт ваш ответ. Можно дописать подробности следующим сообщением.

## Переписка: что читают модераторы

status-held = Уйдёт автору отзыва № { $number } через { $seconds } с
status-tap = Вы пишете анонимно. Чтобы ответ автору отзыва № { $number } ушёл, нажмите «Отправить».
status-sending = Отправляется автору отзыва № { $number }
status-sent = ✓ Доставлено автору отзыва № { $number }
status-edited = ✓ Доставлено автору отзыва № { $number }, с правкой
status-edit-failed = ✓ Доставлено автору отзыва № { $number }, но правка не дошла: { $reason }
status-failed = ✗ Не доставлено автору отзыва № { $number }: { $reason }
status-unknown = ? Неизвестно, дошёл ли ответ автору отзыва № { $number }: связь с Telegram прервалась. Если отправить ещё раз, он может прийти дважды.
status-cancelled = Не отправлено автору отзыва № { $number }: отменено
status-unsent = Ответ автору отзыва № { $number } отозван: у него он удалён
status-note = Заметка к отзыву № { $number }: остаётся в группе
button-hold-cancel = Отменить
button-hold-note = Заметка
button-hold-send = Отправить
button-unsend = Отозвать
button-send-again = Отправить ещё раз
button-leave = Не отправлять
undelivered-blocked = бот заблокирован
undelivered-deactivated = аккаунт удалён
undelivered-no-chat = чата больше нет
undeliverable-too-long = слишком длинно, лишних символов: { $detail }. Сократите своё сообщение правкой
undelivered-file-too-big = файл слишком большой
undelivered-file-gone = файл больше недоступен, пришлите его заново
undelivered-gone = сообщения у автора больше нет
undelivered-unknown = неизвестно, дошло ли
undeliverable-other = Telegram отказал ({ $detail })
refused-stranger = Не отправлено: отвечать могут только участники группы.
refused-channel = Не отправлено: ответить можно от своего имени, но не от имени канала.
refused-digest = Не отправлено: в этом списке несколько отзывов. Откройте карточку командой из списка и ответьте на неё.
misplaced-status = Не отправлено: это служебное сообщение. Ответьте на карточку отзыва № { $number }: её откроет /r{ $number }
misplaced-colleague = Не отправлено: это ответ коллеге. Чтобы написать автору отзыва № { $number }, ответьте на карточку: её откроет /r{ $number }
refused-unknown = Не отправлено: непонятно, о каком отзыве речь. Либо автор его удалил, либо это не карточка. Карточку открывает, например, /r123
refused-command = Не отправлено: так начинаются команды. Чтобы ответить, уберите косую черту; заметка начинается с //
refused-album = Не отправлено: альбом я не передам. Отправьте фото по одному, каждое ответом на карточку.
refused-unsupported = Не отправлено: передать можно текст, фото или файл.
refused-empty = Не отправлено: в сообщении нет слов.
refused-broken = Не отправлено: архив сейчас недоступен. Повторите через минуту.
tap-members-only = Эти кнопки для участников группы.
tap-late = Поздно: сообщение уже в другом состоянии.
tap-cancelled = Отменено.
tap-noted = Это заметка, она остаётся в группе.
tap-sending = Отправляется.
tap-unsent = Отозвано.
tap-unsend-failed = Отозвать не вышло: { $reason }
tap-unsend-late = Telegram даёт отозвать сообщение только 48 часов.
edit-late = Правка не передана: прошло больше 48 часов.
edit-note = Правка не передана: с // начинается заметка. Автор отзыва видит прежний текст.
case-answer = Отвечает автор отзыва № { $number }
case-unsolved = Автор отзыва № { $number } ответил: не решено
reminder = { $count ->
    [one] { $count } отзыв слишком долго ждёт ответа
    [few] { $count } отзыва слишком долго ждут ответа
   *[other] { $count } отзывов слишком долго ждут ответа
}: { $commands }

## Заготовки ответов, для модераторов

canned-title = Заготовки ответов
canned-help = Ответьте на карточку командой, например /c1: заготовка уйдёт автору через 10 с. Подходящие к карточке: /canned ответом на неё.
    Добавить (админ группы): /canned add Текст, для одного класса: /canned add 12: Текст. Убрать: /canned remove 1
canned-none = Заготовок пока нет. Добавить (админ группы): /canned add Текст, для одного класса: /canned add 12: Текст
canned-any-class = любой класс
canned-suggested = Заготовки к отзыву № { $number }. Нажмите, и ответ уйдёт автору через 10 с.
canned-added = Заготовка добавлена: /c{ $id }
canned-removed = Заготовка /c{ $id } убрана.
canned-unknown = Заготовки /c{ $id } нет. Все: /canned
canned-no-class = Класса { $id } нет.
canned-too-long = Слишком длинно: { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а можно до { $limit }.
canned-leads-only = Заготовки меняют админы группы.
tap-held = Уйдёт через 10 с.

## Права на свои данные

mydata = Всё, что о вас хранится. Удалить: /forget
forget-ask = Удалить всё, что о вас хранится? { $count ->
    [0] Отправленных отзывов нет.
    [one] Будет удалён { $count } отзыв.
    [few] Будут удалены { $count } отзыва.
   *[other] Будут удалены { $count } отзывов.
} Отменить это нельзя.
button-forget = Удалить
button-keep = Оставить
forget-kept = Всё осталось как было.
forget-done = Готово, всё удалено. { $count ->
    [0] Отзывов не было.
    [one] Удалён { $count } отзыв.
    [few] Удалены { $count } отзыва.
   *[other] Удалены { $count } отзывов.
}
dialogue-erased = Удалено по просьбе автора отзыва.
dialogue-out-of-reach = Автор отзыва попросил удалить свои данные. { $count ->
    [one] { $count } сообщение
    [few] { $count } сообщения
   *[other] { $count } сообщений
} в этой группе Telegram не даёт мне удалить: сделайте это, пожалуйста, вручную. { $links }
forget-out-of-reach = { $count ->
    [one] { $count } сообщение
    [few] { $count } сообщения
   *[other] { $count } сообщений
} в группе команды Telegram не даёт мне удалить; я попросил команду сделать это вручную.
receipt-forgotten = Отзыв № { $number } удалён по вашей просьбе.
card-removed = Отзыв № { $number } удалён автором.
digest-removed = { $count ->
    [one] Ещё { $count } отзыв удалён автором.
    [few] Ещё { $count } отзыва удалены авторами.
   *[other] Ещё { $count } отзывов удалены авторами.
}

## Команды

start = Здравствуйте! Расскажите, что понравилось и что нет: мы читаем каждый отзыв.
help =
    Я принимаю отзывы: пара нажатий и несколько слов. Через несколько секунд отвечу, как понял отзыв, и передам его тем, кто может помочь.

    /start: оставить отзыв
    /cancel: отменить начатый
    /lang: язык
    /privacy: что хранится
    /mydata: мои данные файлом
    /forget: удалить мои данные
privacy =
    Что хранится: ваши идентификатор и язык в Telegram, текст отзыва, оценка и темы, если вы их указали, ответ на отзыв, ваша переписка с командой и время. Имя и телефон не сохраняются.

    Где: только на сервере компании. Тексты зашифрованы, ключ лежит отдельно. Разбирает отзыв модель на том же сервере, другим компаниям он не передаётся.

    Кто видит: сотрудники компании в группе модераторов, без вашего имени.

    Обучение: отзыв не используется для обучения без вашего согласия.
privacy-retention = Срок: текст отзыва, переписка и диаграмма удаляются через { $days } { $days ->
    [one] день
    [few] дня
   *[other] дней
} после отправки. Оценка, темы и классы остаются для подсчётов.
language-pick = Выберите язык / Choose a language
language-set = Язык: русский.
language-name = Русский

command-start = Оставить отзыв
command-help = Что умеет бот
command-cancel = Отменить начатый отзыв
command-lang = Язык
command-privacy = Что хранится
command-mydata = Мои данные файлом
command-forget = Удалить мои данные
command-chatid = Номер этой группы
command-connect = Показывать здесь новые отзывы
command-canned = Заготовки ответов
command-queue = Сколько отзывов ждут

profile-description = Оставьте отзыв: пара нажатий и несколько слов. Бот сразу ответит, как его понял, и покажет тем, кто может помочь.
profile-short = Принимает отзывы и сразу отвечает
