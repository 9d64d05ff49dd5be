"""The sign in Welsh. To be read by somebody who speaks it before it is printed: no machine checks a language."""

from __future__ import annotations

from typing import Final

from lfr_actors.records.notice.welsh_time import erased, window
from lfr_actors.records.notice.words import Words
from lfr_actors.retention.policy import DataClass

WELSH: Final = Words(
    language="cy",
    title="Adnabod wynebau byw ar\N{NO-BREAK SPACE}waith\N{NO-BREAK SPACE}yma",
    lead=(
        "Mae camerâu yma yn cymharu wynebau'r bobl sy'n mynd heibio â rhestr wylio: rhestr o bobl yr ydym yn "
        "chwilio amdanynt. Dim ond codi rhybudd y gall y system ei wneud."
    ),
    one_decides="Person sy'n edrych arno ac yn penderfynu.",
    two_decide="Mae dau berson yn edrych arno, pob un ar wahân, ac yn penderfynu.",
    who="Pwy",
    provider="Darparwr y dechnoleg",
    where="Ble",
    when="Pryd",
    authority="Awdurdodiad",
    why="Pam",
    why_people="Rydym am ddod o hyd i'r rhain:",
    purposes={
        "priority-offence": "pobl sydd yn eisiau am drosedd y mae'r heddlu wedi ei gwneud yn flaenoriaeth",
        "high-harm-crime": "pobl sydd yn eisiau am droseddau sy'n achosi niwed difrifol",
        "violent-crime": "pobl sydd yn eisiau am droseddau treisgar",
        "wanted": "pobl y mae'r heddlu am eu harestio am drosedd",
        "warrant": "pobl y mae llys wedi cyhoeddi gwarant ar eu cyfer",
        "unlawfully-at-large": "pobl a ddylai fod yn y ddalfa",
        "recall-to-prison": "pobl sydd wedi eu galw'n ôl i'r carchar",
        "court-condition": (
            "pobl y mae eu hamodau llys yn cael eu gwirio: gorchymyn, mechnïaeth, tag electronig"
        ),
        "licence-condition": "pobl sydd wedi eu rhyddhau ar drwydded ac y mae eu hamodau'n cael eu gwirio",
        "sex-offender": "troseddwyr rhyw cofrestredig sy'n peri'r risg uchaf",
        "safeguarding": "pobl fregus a allai gael niwed",
        "missing-person": "pobl yr adroddwyd eu bod ar goll",
    },
    places={
        "hotspot": (
            "Dewiswyd y lle hwn oherwydd troseddu: mae yn y chwarter uchaf o gyfraddau troseddu'r cyffiniau."
        )
    },
    not_listed="Os nad ydych ar y rhestr wylio",
    not_listed_erased=(
        "Os nad yw eich wyneb yn codi rhybudd, caiff y llun ohono a'i dempled (y rhifau a ddefnyddir i'w "
        "gymharu) eu dileu {erased}."
    ),
    footage_of_all="Caiff ffilm CCTV o bawb sy'n mynd heibio ei recordio, a'i dileu {erased}.",
    footage_of_alerts="Dim ond o amgylch rhybuddion y caiff ffilm CCTV ei recordio, a'i dileu {erased}.",
    no_footage="Nid yw'r system hon yn recordio ffilm CCTV.",
    mistaken="Os yw'r system yn anghywir",
    mistaken_person="Nid yw rhybudd yn profi dim: mae person yn cymharu'r lluniau ac yn penderfynu.",
    mistaken_erased="Caiff rhybudd anghywir ei ddileu {erased}.",
    kept="Beth sy'n cael ei gadw, ac am ba hyd",
    kept_what="Beth",
    kept_until="Pryd y caiff ei ddileu",
    what={
        DataClass.NON_MATCH: "wynebau pobl nad ydynt yn codi rhybudd: llun a thempled",
        DataClass.FALSE_ALERT: "rhybuddion anghywir: lluniau, templed a phwy y tybiwyd oedd y person",
        DataClass.ALERT: "pob rhybudd arall a'i luniau",
        DataClass.FOOTAGE: "ffilm y camerâu (CCTV)",
        DataClass.WATCHLIST: "y rhestr wylio: lluniau, templedi ac enwau",
        DataClass.KEPT: (
            "niferoedd, canlyniadau heb fanylion adnabod, y log o ddigwyddiadau a'i dderbynebau"
        ),
    },
    proofs="prawf o bwy oedd ar y rhestr wylio, heb enwau",
    counts_kept="cedwir: nid oes dim ynddynt sy'n dweud pwy yw unrhyw berson",
    longer=(
        "Gellir cadw rhywbeth yn hwy na hynny am reswm a nodir, megis tystiolaeth, cwyn neu orchymyn llys; "
        "cofnodir pob achos o'r fath."
    ),
    ask="Ble i holi",
    rights="Eich hawliau",
    rights_text=(
        "O dan Ddeddf Diogelu Data 2018 cewch ofyn beth a gedwir amdanoch, gofyn am ei gywiro neu ei ddileu, a "
        "chwyno i ni neu i'r Comisiynydd Gwybodaeth (ico.org.uk, 0303 123 1113)."
    ),
    record="Y cofnod mewn ffigurau",
    code="Cod QR sy'n arwain at {url}",
    deployment="Defnydd",
    policy="Polisi cadw {version}, {digest}",
    erased=erased,
    window=window,
)
