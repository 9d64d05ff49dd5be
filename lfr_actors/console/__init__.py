"""The operators' console: an aiohttp application over the store, rendered on the server.

app             the application, and what runs beside its handlers
context         what every handler needs          live            what the cameras do, as last told
security        who may come in: admission by token, proxy or session; access says what a handler demands
  origin, csrf, cookies, headers, limits, sessions, passwords, proxy    its rules, most of them pure
sign_in, sign_in_pages, account_pages, people_pages                   accounts: signing in, and managing them
views           what is shown, as frozen values, made by:
  header, queue_page, alert_page (score_page, alert_actions, wording), camera_page, log_page (deployment_log)
viewing         who looked at what, written before it is shown
pages, pictures, actions    the handlers           rendering       templates, and what each of them gets
feed, streaming the live feed: every change once   api             the same for other programs
picture_links   links for webhooks' consumers: one picture, five minutes
serving         its port and its certificate     open_console    all of it on one port
"""
