"""The words that people and other schedulers have for our columns.

A word is matched whole, without its case, accents, punctuation and hint (see headings): never by
being alike. What could mean two things is in DOUBTFUL and not guessed: a wrong guess publishes
the wrong text, or at the wrong hour.
"""

from __future__ import annotations

import re

from batch_scheduler.planning import networks
from batch_scheduler.planning.headings import folded, heading

IGNORE = "ignore"
"""What a column means that is not looked at."""

WORDS: dict[str, str] = {
    "post_id": "octospark post id; post uuid",
    "social_account_ids": """
        account id; account id(s); platform id; platform ids; profile id; profile ids; channel id;
        channel ids
    """,
    "social_accounts": """
        social account; accounts; account(s); account name; account names; account handle; handle;
        handles; profile; profiles; profile name; profile names; social profile; social profiles;
        social media profile; social media profiles; social media account; social media accounts;
        social channel; social channels; channel; channels; channel name; brand name; page;
        page name;
        Konto; Konten; Profil; Profile; Kanal; Kanäle; compte; comptes; canal; canaux;
        cuenta; cuentas; perfil; perfiles; canales
    """,
    "provider": """
        platform; platform(s); platform name; network; networks; network name; providers;
        social network; social networks; social media network; social platform; social platforms;
        social media platform; social media platforms; social media;
        Plattform; Plattformen; Netzwerk; Netzwerke; soziales Netzwerk; plateforme; plateformes;
        réseau; réseaux; réseau social; réseaux sociaux; plataforma; plataformas; red; redes;
        red social; redes sociales
    """,
    "account": "",
    **networks.WORDS,
    "scheduled_at": """
        schedule; schedule at; scheduled for; schedule for; schedule datetime; scheduled datetime;
        scheduled timestamp; date and time; date & time; publish at; publishing at; published at;
        publish datetime; publish date and time; publish date & time; publish timestamp;
        post at; post datetime; post date and time; post date & time; posting date and time;
        posting date & time; intended at; send at; post at specific time; go live at;
        scheduled date and time; scheduled date & time; schedule date and time;
        schedule date & time; publication date and time; when;
        Datum und Uhrzeit; Datum & Uhrzeit; Veröffentlichen am; geplant für; geplant am;
        Zeitpunkt; date et heure; date & heure; publier le; programmé pour; programmée pour;
        fecha y hora; fecha & hora; publicar el; programado para
    """,
    "date": """
        schedule date; scheduled date; scheduled post date; date scheduled; scheduled on;
        publish date; publishing date; publication date; post date; posting date; date to post;
        date to publish; date of post; date of publication; go live date; live date; send date;
        sending date; Datum; Veröffentlichungsdatum; Postdatum; Publikationsdatum; Sendedatum;
        Termin; date de publication; date de parution; fecha; fecha de publicación
    """,
    "time": """
        time 24hr; time 24h; 24hr time; schedule time; scheduled time; time scheduled;
        publish time; publishing time; publication time; post time; posting time; time to post;
        time of post; time of day; time of publication; go live time; live time; hour;
        Uhrzeit; Zeit; Veröffentlichungszeit; Sendezeit; heure; heure de publication;
        hora; hora de publicación
    """,
    "timezone": """
        tz; time zone name; tz name; iana timezone; Zeitzone; fuseau horaire; zona horaria;
        huso horario
    """,
    "team_id": "",
    "text": """
        content; post content; content text; caption; captions; caption text; post caption;
        message; messages; message text; post message; post text; text of post; post body; body;
        body text; message body; outbound message; copy; post copy; social copy;
        caption & copy; copy & caption; text & caption;
        caption & text; tweet; tweet text;
        Beitragstext; Posttext; Textinhalt; Inhalt; Nachricht; Bildunterschrift;
        texte; texte du post; contenu; légende; texto; texto del post; contenido; mensaje; leyenda
    """,
    "title": "post title; Beitragstitel; titre; título",
    "asset_ids": "asset id",
    "media_urls": """
        media url; media url(s); media link; media links; media; media file; media files;
        media file url; media file urls; attachment; attachments; attachment url;
        attachment urls; image; images; image(s); image url; image url(s); image link;
        image links; image & video; image & video url; photo; photos; photo url; photo urls;
        picture; pictures; picture url; picture urls; picture link; video; videos; video url;
        video url(s); video link; gif; gif url; gif url(s); visual; visuals; visual url;
        asset url; asset urls; files & media; media & files;
        Bild; Bilder; Bild URL; Bilder URLs; Medien; Medien URL; Medien URLs;
        média; médias; URL du média; visuel; visuels; imagen; imágenes;
        URL de imagen; medios; URL de medios; foto; fotos
    """,
    "first_comment": """
        first comment text; 1st comment; first reply; follow up comment; comment(s);
        erster Kommentar; premier commentaire; primer comentario
    """,
    "platform_settings": "",
    "engagement_comment_trigger": "",
    "repost_after": "",
    "recurrence_interval_days": "",
    "recurrence_ends_at": "",
}
"""Our name → others' words for it, apart by semicolons."""

VERBATIM = ("comment(s)",)
"""These count only as they are written: "Comments" is what colleagues write about a post."""

_LINK = (
    "The service has no field for a link. If the address belongs into the post, write it into the "
    'text and say --map "{0}={1}"; if these are pictures or videos: --map "{0}=media_urls".'
)
_TAGS = (
    "The service has no field for it. If these are hashtags, write them into the text; then say "
    '--map "{0}={1}".'
)
_NO_FIELD = (
    "The service has no field for it. If it is a setting of a platform, write it into a column "
    'platform_settings.…; then, or if it is only for you, say --map "{0}={1}".'
)
_COMMENT = (
    'If it is to be published as the first comment: --map "{0}=first_comment"; if colleagues '
    'write it to each other: --map "{0}={1}".'
)
_STATE = (
    "Take out the rows that must not be published (drafts, what is not approved, what is "
    'published already), then say --map "{0}={1}".'
)
_OTHER_TIME = (
    "It does not say when to publish. If it does all the same, rename it to scheduled_at; else say "
    '--map "{0}={1}".'
)
_TIME_IN_PARTS = (
    "Write the whole date into one column, date, and the time of day into another, time, such as "
    '14:30; then say --map "{0}={1}".'
)
_OTHER_IDS = (
    "The ids of another service mean nothing here: write the addresses into media_urls, or the "
    'ids that Octospark gave into asset_ids; then say --map "{0}={1}".'
)
_WHICH_TEXT = (
    'If it is the text of the post: --map "{0}=text"; if it is its title: --map "{0}=title"; if '
    'it is only for you: --map "{0}={1}".'
)
_WHICH_POST = (
    'If it is the id of a post in Octospark: --map "{0}=post_id"; if it is the text: '
    '--map "{0}=text"; if it is only for you: --map "{0}={1}".'
)

DOUBTFUL: dict[str, str] = {
    _LINK: """
        link; links; link(s); url; urls; post link; link url; link to post; website; website url;
        landing page; landing page url; destination; destination url; target url; source url;
        web link; article; article url; og meta url; blog url; click url; CTA link; post permalink;
        lien; liens; enlace; enlaces; Verlinkung; utm link; utm url
    """,
    _TAGS: """
        tag; tags; label; labels; label(s); hashtag; hashtags; hash tags; keyword; keywords;
        mention; mentions; Schlagwörter; étiquettes; etiquetas
    """,
    _COMMENT: """
        comment; comments; reply; replies; comment text; Kommentar; Kommentare; commentaire;
        commentaires; comentario; comentarios; feedback; remarks
    """,
    _STATE: """
        status; state; post status; publish status; approval; approved; approval status; draft;
        is draft; published; posted; done; ready; stage; Entwurf; brouillon;
        borrador; Freigabe; freigegeben; statut; estado
    """,
    _NO_FIELD: """
        type; post type; content type; media type; format; placement; category; board;
        pinterest board; board name; alt text; alt text(s); image alt text; alt; privacy;
        visibility; location; cta; call to action; shortener; campaign; page id; clicks; reach;
        impressions; likes; engagement; permalink; message type; category id; campaign id;
        campaign name; thumbnail; thumbnail url; author; owner; creator; created by; assignee;
        assigned to; members; approver; reviewer; client; project
    """,
    _OTHER_TIME: """
        created; created at; created time; created on; creation date; date created; updated;
        updated at; last updated; last modified; modified; modified at; last edited time;
        timestamp; deadline; due; due date; due at; review date; approval date; approved at;
        start date; end date; start time; end time; start datetime; end datetime;
        expires; expires at; day; weekday; week; month;
        Erstellt; Erstellt am; Fälligkeit; Tag; Wochentag; créé le; jour; creado; día
    """,
    _TIME_IN_PARTS: """
        year; minute; minutes; hours; am/pm; schedule hours; schedule minutes; schedule am/pm
    """,
    _OTHER_IDS: "media id; media ids; image id; image ids; video id; file id; file ids",
    _WHICH_TEXT: """
        name; post name; headline; subject; topic; idea; description; hook; theme;
        post description; summary; beschreibung; thema; sujet; tema; nom; nombre
    """,
    _WHICH_POST: """
        post; posts; id; post id(s); uuid; external id; Beitrag; publication; publicación
    """,
}
"""What to say of a word that tells too little; {0} is the header text, {1} "ignore"."""


def _split(words: str) -> list[str]:
    return [word for each in words.split(";") if (word := " ".join(each.split()))]


_MEANING = {
    folded(word): name
    for name, words in WORDS.items()
    for word in (name, *_split(words))
    if word not in VERBATIM
}
_VERBATIM = {
    word: name for name, words in WORDS.items() for word in _split(words) if word in VERBATIM
}
_DOUBT = {folded(word): hint for hint, words in DOUBTFUL.items() for word in _split(words)}
_NUMBERED = re.compile(r"(.*\D)\d{1,2}")


def meaning(text: str) -> str | None:
    """Our name for what a header text says in others' words."""
    said = heading(text)
    if found := _MEANING.get(said.whole):
        return found
    if said.misleads:
        return None
    found = _VERBATIM.get(said.name.strip().lower()) or _MEANING.get(said.word)
    if not found and (numbered := _NUMBERED.fullmatch(said.word)):  # Picture Url 1, Picture Url 2
        found = _MEANING.get(numbered[1])
        return found if found == "media_urls" else None
    return found


def advice(text: str) -> str | None:
    """What to do about a header text that could mean several things, or nothing that is sent."""
    said = heading(text)
    hint = _DOUBT.get(said.whole) or _DOUBT.get(said.word)
    return hint.format(text, IGNORE) if hint else None
