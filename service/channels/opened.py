"""The channels of a worker: the one place that knows which adapter stands behind which name."""

from collections.abc import Mapping

from panels.models import ChannelName
from service.channels.channel import Channel
from service.channels.letter import LetterTray
from service.channels.mail import MailChannel
from service.channels.sms import SmsFolder
from service.work import Work


def channels(work: Work) -> Mapping[ChannelName, Channel]:
    """What can be sent by here and now. A gateway for text messages takes the place of `SmsFolder`."""
    settings, key = work.settings, work.keys.link_key
    offered: list[Channel] = [
        MailChannel(work.mailer, mail_from=settings.mail_from, bounce_to=settings.bounce_to, key=key, now=work.now),
        LetterTray(work.databases.vault, now=work.now),
    ]
    if settings.sms_dir is not None:
        offered.append(SmsFolder(settings.sms_dir, key=key))
    return {channel.name: channel for channel in offered}
