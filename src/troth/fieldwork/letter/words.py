"""The words that every letter has, whatever the study, in English and Welsh. Plain, calm, and nothing of a study's topic."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "sender": "Survey enquiries",
        "demonstration": "DEMONSTRATION - not a real letter",
        "start": "How to start",
        "go_to": "Go to {address} and type this code, or scan the picture.",
        "code": "Your code",
        "picture": "A picture for a phone's camera: it opens the survey's website",
        "private": "The code works on a phone, a tablet or a computer. Choose a time and a place where you feel comfortable. "
        "If others use your device, type the code: a scan can leave it in the browser's history.",
        "no": "If you do not want to take part",
        "no_letters": "Call {enquiry_line} and give the letter reference at the top of this letter: "
        "we will not write to you again. You do not have to say why.",
        "why": "If you like, tell us why without a name or a code: {non_response}",
        "large": "For large print, call {enquiry_line}.",
        "more": "How we look after what you tell us: {notice}",
        "talk": "If you would like to talk to somebody",
        "talk_to": "{name}: {phone}. {about}",
        "reference": "Letter reference",
    },
    "cy": {
        "sender": "Ymholiadau'r arolwg",
        "demonstration": "ENGHRAIFFT - nid llythyr go iawn",
        "start": "Sut i ddechrau",
        "go_to": "Ewch i {address} a theipiwch y cod hwn, neu sganiwch y llun.",
        "code": "Eich cod",
        "picture": "Llun i gamera ffôn: mae'n agor gwefan yr arolwg",
        "private": "Mae'r cod yn gweithio ar ffôn, llechen neu gyfrifiadur. Dewiswch amser a lle sy'n gyfforddus i chi. "
        "Os yw pobl eraill yn defnyddio eich dyfais, teipiwch y cod: gall sganio ei adael yn hanes y porwr.",
        "no": "Os nad ydych am gymryd rhan",
        "no_letters": "Ffoniwch {enquiry_line} a rhowch gyfeirnod y llythyr, sydd ar frig y llythyr hwn: "
        "ni fyddwn yn ysgrifennu atoch eto. Nid oes rhaid dweud pam.",
        "why": "Os hoffech, dywedwch pam wrthym heb roi enw na chod: {non_response}",
        "large": "I gael print bras, ffoniwch {enquiry_line}.",
        "more": "Sut rydym yn gofalu am yr hyn a ddywedwch: {notice}",
        "talk": "Os hoffech siarad â rhywun",
        "talk_to": "{name}: {phone}. {about}",
        "reference": "Cyfeirnod y llythyr",
    },
}


def words(lang: str) -> dict[str, str]:
    """The words in that language; English where there are none."""
    return WORDS.get(lang, WORDS["en"])
