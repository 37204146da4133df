//! The header blocks that Outlook and others put over quoted mail, without a `>`, in ten languages.

use std::ops::Range;

use super::lines::next_written;

/// Lines a block may span, wrapped recipients included.
const LONGEST: usize = 20;

/// Lines of wrapped recipients.
const MOST_WRAPPED: usize = 6;

/// Bytes a key may have, its translation included.
const LONGEST_KEY: usize = 24;

#[derive(Clone, Copy, PartialEq)]
enum Key {
    From,
    Date,
    To,
    Subject,
    Other,
    /// Stands only in raw headers that somebody pasted, never over a quotation.
    Technical,
}

/// A header block.
#[derive(Debug, PartialEq)]
pub(super) struct Block<'a> {
    /// Its lines.
    pub(super) lines: Range<usize>,
    /// What stands after `From:`.
    pub(super) from: &'a str,
}

/// The header block that begins at line `at`: sender, date, recipient and subject together. A log
/// or a bounce with a `From:` and a `To:` in it is none.
pub(super) fn block<'a>(lines: &[&'a str], at: usize) -> Option<Block<'a>> {
    let (Key::From, from) = entry(lines[at])? else { return None };
    let (mut seen, mut last, mut wrapped, mut end) = (vec![Key::From], Key::From, 0, at + 1);
    while let Some(next) = next_written(lines, end).filter(|next| next - end <= 1 && *next < at + LONGEST) {
        let complete = [Key::Date, Key::To, Key::Subject].iter().all(|key| seen.contains(key));
        match entry(lines[next]) {
            Some((Key::Technical, _)) => return None,
            Some((Key::Other, _)) => last = Key::Other,
            Some((key, _)) if !seen.contains(&key) => {
                seen.push(key);
                last = key;
            }
            Some(_) => break,
            None if !complete && next == end && matches!(last, Key::To | Key::Other) && wrapped < MOST_WRAPPED => {
                wrapped += 1;
            }
            None => break,
        }
        end = next + 1;
    }
    (seen.len() == 4).then_some(Block { lines: at..end, from })
}

/// The key and the value of a header line; marks of quotation and bold type aside.
fn entry(line: &str) -> Option<(Key, &str)> {
    let line = line.trim_start_matches(['>', ' ', '*', '_', '|']);
    let (name, value) = line.split_once([':', '：']).filter(|(name, _)| name.len() <= LONGEST_KEY)?;
    let key = key(name.trim_matches(['*', '_', ' ']).to_lowercase().as_str())?;
    Some((key, value.trim_matches(['*', '_', ' '])))
}

fn key(name: &str) -> Option<Key> {
    Some(match name {
        "from" | "von" | "de" | "da" | "van" | "od" | "från" | "fra" => Key::From,
        "sent" | "date" | "gesendet" | "datum" | "envoyé" | "envoyé le" | "enviado" | "enviado el" | "enviado em"
        | "enviada em" | "fecha" | "data" | "inviato" | "data invio" | "verzonden" | "wysłano" | "wysłane"
        | "skickat" | "skickad" | "sendt" | "dato" => Key::Date,
        "to" | "an" | "à" | "a" | "para" | "aan" | "do" | "till" | "til" => Key::To,
        "subject" | "betreff" | "objet" | "asunto" | "oggetto" | "onderwerp" | "assunto" | "temat" | "ämne"
        | "emne" => Key::Subject,
        "cc" | "bcc" | "kopie" | "kopia" | "copia" | "dw" | "udw" | "cco" | "ccn" | "cópia" | "reply-to"
        | "importance" | "priority" | "attachments" | "sensitivity" | "wichtigkeit" | "anlagen" | "antwort an"
        | "importance haute" | "pièces jointes" | "datos adjuntos" | "allegati" | "bijlagen" | "anexos"
        | "załączniki" | "bilagor" | "vedhæftede filer" | "categories" => Key::Other,
        name if name.starts_with("x-") || name.starts_with("arc-") => Key::Technical,
        "received"
        | "message-id"
        | "return-path"
        | "mime-version"
        | "content-type"
        | "dkim-signature"
        | "in-reply-to"
        | "references"
        | "delivered-to"
        | "authentication-results"
        | "received-spf" => Key::Technical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<usize> {
        let lines: Vec<&str> = text.lines().collect();
        block(&lines, 0).map(|block| block.lines.end)
    }

    #[test]
    fn outlook_blocks_are_known_in_ten_languages() {
        for text in [
            "From: A <a@x>\nSent: Monday\nTo: B\nSubject: C",
            "Von: A\nGesendet: Montag\nAn: B\nCc: D\nBetreff: C",
            "De : A\nEnvoyé : lundi\nÀ : B\nObjet : C",
            "De: A\nEnviado el: lunes\nPara: B\nAsunto: C",
            "Da: A\nInviato: lunedì\nA: B\nOggetto: C",
            "Van: A\nVerzonden: maandag\nAan: B\nOnderwerp: C",
            "De: A\nEnviada em: segunda\nPara: B\nAssunto: C",
            "Od: A\nWysłano: poniedziałek\nDo: B\nTemat: C",
            "Från: A\nSkickat: måndag\nTill: B\nÄmne: C",
            "Fra: A\nSendt: mandag\nTil: B\nEmne: C",
            "*From:* A\n*Date:* Monday\n*Subject:* C\n*To:* B",
            "> From: A\n> Date: Monday\n> To: B\n> Subject: C",
            "From: A\n\nSent: Monday\n\nTo: B\n\nSubject: C",
        ] {
            assert_eq!(at(text), Some(text.lines().count()), "{text}");
        }
    }

    #[test]
    fn wrapped_recipients_belong_to_it() {
        assert_eq!(at("From: A\nSent: Monday\nTo: B;\n C;\n D\nSubject: E\nHello"), Some(6));
    }

    #[test]
    fn a_log_or_raw_header_is_none() {
        assert_eq!(at("From: a@x\nTo: b@y\nStatus: deferred"), None);
        assert_eq!(at("From: a@x\nTo: b@y\nSubject: invoice\nIt bounces since Monday."), None);
        assert_eq!(at("From: a@x\nDate: Mon\nTo: b@y\nMessage-ID: <1@x>\nSubject: s"), None);
        assert_eq!(at("To: b\nFrom: a"), None);
    }
}
