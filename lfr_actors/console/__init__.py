"""The operators' console: an aiohttp application over the store, rendered on the server.

app             the application, and what runs beside its handlers
context         what every handler needs          live            what the cameras do, as last told
security        who may come in: sessions, tokens, forms, headers; access says what a handler demands
views           what is shown, as frozen values, made by:
  header, queue_page, alert_page (score_page, alert_actions, wording), camera_page, log_page (deployment_log)
viewing         who looked at what, written before it is shown
pages, pictures, actions    the handlers           rendering       templates, and what each of them gets
feed, streaming the live feed: every change once   api             the same for other programs
serving         its port and its certificate
"""
