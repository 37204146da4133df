//! "Thanks, works now": nothing to judge.
//!
//! Only texts made of nothing but such words: thanks with anything else in it, such as irony, is for
//! the judge.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::vocabulary::words;

/// Words of the longest acknowledgement.
const MOST_WORDS: usize = 12;

/// Words not known here that may be names.
const MOST_NAMES: usize = 2;

/// Letters from which capitals are shouting.
const SHOUT: usize = 6;

static FOR_SOMETHING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\bfor\s(?:all\s)?(?:your|the|that|this|letting\s(?:me|us)\sknow)(?:\s(?:quick|fast|great|prompt|speedy|swift))?(?:\s(?:help|support|response|reply|update|assistance|info|information|work|fix|turnaround))?
        |\bfür\s(?:die|eure|ihre|deine)(?:\s(?:schnelle|rasche|tolle|super))?(?:\s(?:hilfe|unterstützung|antwort|rückmeldung|info))?
        |\bpour\s(?:votre|ton|l)['’\s](?:aide|réponse|intervention)|\bpor\s(?:su|tu|la)\s(?:ayuda|respuesta)|\bper\s(?:il|l)['’\s](?:aiuto|supporto)
        |\bvoor\s(?:de|je|uw)(?:\ssnelle)?\s(?:hulp|reactie)|\bpel[ao]\s(?:ajuda|resposta)|\bza\s(?:pomoc|odpowiedź)|\bfor\shj[aäæ]lpe?[ne]n?|\bför\shjälpen",
    )
    .expect("constant pattern")
});

static NO_PROBLEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bno (?:problem|worries|longer an? (?:issue|problem))\b").expect("constant pattern")
});

/// Words that thank, agree or say that it is done; one of them must be there.
static CORE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "thanks thank thx thankyou ta cheers works working worked fixed sorted resolved solved perfect great brilliant excellent ok okay noted \
     received confirmed understood done good got appreciated danke dankeschön dank läuft funktioniert klappt passt erledigt gelöst behoben merci \
     marche fonctionne réglé résolu parfait gracias funciona resuelto arreglado solucionado grazie funziona risolto bedankt dank dankjewel werkt \
     opgelost geklappt perfekt geht opgelöst obrigado obrigada resolvido funcionar funcionando resolvida dziękuję dzięki działa rozwiązane tack fungerar funkar löst tak virker løst"
        .split_whitespace()
        .collect()
});

/// What else such a text may hold.
static AROUND: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a all an and are awesome back be best can case close closing everyone everyone's everything fine hello hey hi i i'm in is issue it it's just kind \
     lot lots lovely looks many million much my now of our please problem regards running same seems so super team that that's the this ticket to up us \
     very was we wonderful working yep yes yeah you you're again's also end here from has been for really fast quick today guys afternoon morning again closed completely fully cool legend star appreciate gone did that \
     trick further action needed mate folks online running reply thats its any more \
     alles auch besten bestens da das der die es geht gut hallo herzlichen ich in ist ja jetzt kann lieben mfg lg nun ordnung prima schließen schnell \
     schnelle schön sehr sie super ticket toll top und vielen wieder wir werden geschlossen wunderbar bitte hat habe nochmal klar einwandfrei soweit tausend euch ihnen dir läuft hilfe \
     bien beaucoup bon bonjour c'est ça dans est et l'ordre maintenant rentré super tout à très nickel parfaitement bonne journée votre aide pour fonctionne de nouveau super impeccable fermer vous pouvez le ticket \
     ahora bien está genial hola muchas muchísimas perfecto sí todo vale ya mil todos pueden cerrar el caso ticket se ha excelente ayuda por la buen día \
     adesso bene ciao mille molte ora perfetto posto tutto funzionano è sono potete chiudere il ticket aiuto per l'aiuto buona giornata ottimo \
     alles dag goed hallo hartelijk het je nu prima super top u weer wel zeer allemaal opgelost perfect mag gesloten worden ticket voor hulp de \
     agora bem bom certo está já muito muita ok olá perfeito tudo está a funciona podem fechar o ticket chamado pela ajuda bem-vindo excelente \
     bardzo cześć dobrze jest już ok super teraz wszystko znowu za pomoc można zamknąć zgłoszenie świetnie \
     allt bra det hej mycket nu perfekt så toppen igen tusen för hjälpen ni kan stänga ärendet jättebra \
     alt det fint fungerer godt hej mange nu perfekt igen tusind for hjælpen I i kan lukke sagen super dejligt"
        .split_whitespace()
        .collect()
});

/// Words that begin a question even without its mark.
const ASKING: &[&str] =
    &["is", "are", "was", "has", "have", "can", "will", "when", "what", "why", "how", "ist", "kann", "est", "geht"];

/// Whether `text` says nothing but thanks or that it works.
pub(super) fn is_all(text: &str) -> bool {
    let shouted = text.chars().filter(|c| c.is_alphabetic()).count() >= SHOUT && !text.contains(char::is_lowercase);
    if text.contains('?') || text.contains("!!") || shouted || words(text).count() > MOST_WORDS {
        return false;
    }
    let text = without_name(text);
    let rest = NO_PROBLEM.replace_all(text, " ");
    let (mut core, mut names) = (rest.len() < text.len(), 0);
    let rest = FOR_SOMETHING.replace_all(&rest, " ");
    for sentence in rest.split(['.', '!', '\n']) {
        for (n, word) in words(sentence).enumerate() {
            let lower = word.to_lowercase().replace('’', "'");
            match lower.as_str() {
                asking if n == 0 && ASKING.contains(&asking) => return false,
                known if CORE.contains(known) => core = true,
                known if AROUND.contains(known) => {}
                _ if n > 0 && is_name(word) && names < MOST_NAMES => names += 1,
                _ => return false,
            }
        }
    }
    core
}

/// `text` without the name it is signed with on a line of its own.
fn without_name(text: &str) -> &str {
    let Some((said, last)) = text.trim_end().rsplit_once('\n') else { return text };
    let signed = (1..=MOST_NAMES).contains(&words(last).count()) && words(last).all(is_name);
    if signed && !last.contains(['?', '!', '.']) { said } else { text }
}

fn is_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().skip(1).any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_and_done_are_acknowledgements() {
        for text in [
            "thanks, works now",
            "Got it, cheers Sam",
            "Thank you so much for your quick help!",
            "All working now, please close the ticket. Many thanks Sam",
            "ok",
            "danke, läuft wieder",
            "Vielen Dank für die schnelle Hilfe, geht jetzt.",
            "Merci beaucoup, ça marche maintenant",
            "Gracias, ya funciona",
            "Grazie mille, tutto risolto",
            "Bedankt, het werkt weer",
            "Obrigado, já funciona",
            "Dzięki, działa",
            "Tack så mycket för hjälpen, det funkar nu!",
            "Tak, det virker nu",
            "Perfect, no problem.",
        ] {
            assert!(is_all(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_for_the_judge() {
        for text in [
            "thanks but it is still down",
            "Thanks for nothing",
            "thanks, when will it work?",
            "is it working now",
            "danke, geht wieder nicht",
            "works again, for the third time this week",
            "Great. Thanks. Another day lost.",
            "THANKS A LOT",
            "thanks!!!",
            "please help",
            "for this ticket",
            "Perfect, thank you for keeping it quiet.",
            "None left. Good.",
            "not working",
            "Magda",
            "",
        ] {
            assert!(!is_all(text), "{text}");
        }
    }
}
