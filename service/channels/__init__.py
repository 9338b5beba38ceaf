"""Ways to reach a member: mail, text message and letter, behind one small protocol (`channel.Channel`)."""
