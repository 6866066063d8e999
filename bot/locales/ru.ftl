### Слова, которые читают покупатель и модераторы.

## Форма

form-rating = Как вам наш сервис? Оцените от 0 (плохо) до 6 (отлично).
form-rating-kept = Текст сохранён. Какую оценку поставите, от 0 до 6?
form-tags = Оценка: { $rating } из 6. О чём отзыв? Можно выбрать несколько тем или пропустить.
form-text = Напишите отзыв одним сообщением: до { $limit } { $limit ->
    [one] символа
   *[other] символов
}.
form-edit = Что изменить?
form-preview = Проверьте отзыв перед отправкой
form-cancelled = Отзыв отменён. Чтобы начать заново: /start
form-continued = Отзыв продолжается ниже ↓

summary-rating = Оценка: { $rating } из 6
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

tag-ASSORTMENT = Ассортимент
tag-CATALOG_NAVIGATION = Поиск и каталог
tag-DELIVERY = Доставка
tag-PAYMENT = Оплата
tag-PRICE = Цены
tag-PRODUCTS_QUALITY = Качество товаров
tag-PROMOTIONS = Акции и скидки
tag-SUPPORT = Поддержка

## Что пошло не так

text-empty = В сообщении нет ни одного видимого символа. Напишите отзыв словами.
text-too-long = Слишком длинно: { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а можно до { $limit }. Сократите и пришлите ещё раз, остальное сохранено.
text-too-long-joined = Вместе с прежним текстом вышло бы { $length } { $length ->
    [one] символ
    [few] символа
   *[other] символов
}, а можно до { $limit }. Прежний текст сохранён, этот не добавлен.
text-edited-late = Правка этого сообщения ничего не меняет: отзыв уже отправлен или отменён. Написать ещё один: /start
text-forwarded = Это пересланное сообщение. Напишите отзыв своими словами, форма вас ждёт.
not-text = Я читаю только текст. Напишите отзыв словами, форма вас ждёт.
not-text-no-form = Я читаю только текст. Чтобы оставить отзыв: /start
unknown-command = Такой команды нет. Список команд: /help
form-gone = Эта форма уже закрыта. Начать новую: /start
button-gone = Эта кнопка больше не действует.
already-sent = Этот отзыв уже принят, номер { $number }.
too-fast = Слишком часто. Подождите { $wait } { $wait ->
    [one] секунду
    [few] секунды
   *[other] секунд
}, отзыв сохранён.
too-many-taps = Слишком быстро. Подождите { $wait } с.
queue-full = Сейчас очень много отзывов. Ваш сохранён: нажмите «Отправить» через минуту.
failed = Что-то сломалось у нас. Ничего из принятого не потеряно; попробуйте ещё раз через минуту.
nothing-to-cancel = Отменять нечего. Оставить отзыв: /start

## Ответ

receipt = Отзыв № { $number } принят. { $before ->
    [0] Вы первый в очереди.
    [one] Перед вами { $before } отзыв.
    [few] Перед вами { $before } отзыва.
   *[other] Перед вами { $before } отзывов.
}
receipt-waiting = Отзыв № { $number } принят и ждёт своей очереди.
answer-title = Отзыв № { $number } прочитан
answer-thanks = Спасибо! Отзыв увидят те, кто за это отвечает.
answer-person = Отзыв прочитает человек: автомат в нём не уверен. Ближе всего:
answer-no-classes = Отзыв прочитает человек.
answer-late = Готово: разбор вашего отзыва № { $number } выше.
confidence-sure = уверенно
confidence-likely = скорее всего
confidence-guess = предположительно
confidence-person = посмотрит человек
classes-more = и ещё { $count }
answer-confidence = Разбор: { $confidence }

## Карточка модераторов

card-rating = { $rating } из 6
card-number = № { $number }
card-person = Автомат не уверен, нужен человек
card-failed = Автомат не разобрал отзыв, нужен человек
card-classes = Темы ({ $confidence }):
card-model = Модель: { $model }
digest-title = { $count ->
    [one] { $count } новый отзыв
    [few] { $count } новых отзыва
   *[other] { $count } новых отзывов
}. Команда открывает карточку:
card-unknown = Отзыва № { $number } нет.

## Команды

start = Здравствуйте! Расскажите, что понравилось и что нет: мы читаем каждый отзыв.
help =
    Я принимаю отзывы: оценка, темы, несколько слов. За секунды отвечаю, как понял отзыв, и передаю его тем, кто может помочь.

    /start: оставить отзыв
    /cancel: отменить начатый
    /lang: язык
    /privacy: что хранится
privacy =
    Что хранится: ваш номер и язык в Telegram, оценка, темы и текст отзыва, ответ на него и время. Имя и телефон не сохраняются.

    Где: только на сервере компании. Текст зашифрован, ключ лежит отдельно. Разбирает отзыв модель на том же сервере, другим компаниям он не передаётся.

    Кто видит: сотрудники компании в группе модераторов, без вашего имени.

    Обучение: отзыв не используется для обучения без вашего согласия.
language-pick = Выберите язык / Choose a language
language-set = Язык: русский.
language-name = Русский

command-start = Оставить отзыв
command-help = Что умеет бот
command-cancel = Отменить начатый отзыв
command-lang = Язык
command-privacy = Что хранится
