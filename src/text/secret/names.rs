//! The words that name secrets, in ten languages, and those that say how a password fares.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// What a secret is called.
pub(super) static KEYWORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:pass[\s-]?words?|pass\s?wd|passwd|pwds?|p/w|pws?|ww|pass|pass[\s-]?codes?|pass[\s-]?phrases?|pass[\s-]?keys?|pins?(?:[\s-]?(?:code|number|nummer))?
        |psk|pre-?shared\skey|wpa[23]?[\s-]?(?:key|psk)|(?:wi-?fi|wlan|network|guest)[\s-](?:key|code|pass)|netzwerkschlüssel|wlan-?schlüssel|clé\s(?:wi-?fi|wpa|réseau)|clave\s(?:wi-?fi|de\sred)|chiave\swi-?fi|wifi-?(?:code|sleutel)|klucz\swi-?fi
        |passw(?:o|ö|oe)rt(?:e[rs]?|ern)?|kennw(?:o|ö|oe)rt(?:e[rs]?|ern)?|zugangscode|mots?\sde\spasse|mdp|code\sd['’]accès|contraseñas?|contrasenas?|claves?|código\sde\sacceso|parola\s(?:d['’]ordine|chiave)
        |wachtwoord(?:en)?|toegangscode|palavras?[\s-]passe|senhas?|hasł[aoue]m?|lösenord(?:et)?|lösen|adgangskoden?|kodeord(?:et)?|pin-?koden?|passordet?
        |client[\s_-]?secret|api[\s_-]?keys?|secret[\s_-]?(?:access[\s_-]?)?keys?|access[\s_-]?(?:keys?|tokens?)|shared[\s_-]secret|licen[cs]e\skey|product\skey|activation\s(?:key|code)|recovery\s(?:key|password)|encryption\s(?:key|password)|unlock\scode
        |aws_secret_access_key|secret|token|key|security\sanswer|maiden\sname|memorable\sword)\b",
    )
    .expect("constant pattern")
});

/// What a bare `key:` opens.
pub(super) static NETWORK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:wi-?fi|wlan|ssid|wireless|network|hotspot|router|api|licen[cs]e|guest|vpn|encryption|bitlocker)\b",
    )
    .expect("constant pattern")
});

/// Words that come before a password that is set.
pub(super) static SETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:chang|set|reset|updat|switch|geändert|ändern|gesetzt|changé|cambi|veranderd|gewijzigd|alter|zmieni|ändra|ændre|skift)\w*\b")
        .expect("constant pattern")
});

/// How a complaint about a password ends.
pub(super) static DESCRIBES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[a-z]{3,}(?:ing|ed|ous|able|ible|ful|less|ly|ive|ish|ant|ent)$").expect("constant pattern")
});

/// Products and quantities that look like passwords.
pub(super) static PRODUCT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^(?:(?:office|windows|win|server|exchange|outlook|o|m|ms|sage|sql|teams|word|excel|acrobat|ios|android|macos)-?\d+\w?|\d+(?:st|nd|rd|th|am|pm|x|h|min|mins|gb|mb)|\d{1,2}[:./-]\d{1,2}(?:[:./-]\d{2,4})?|2fa|one ?drive|share ?point|team ?viewer|quick ?books|linked ?in|you ?tube|last ?pass|bit ?warden|1password|key ?pass|i(?:phone|pad|cloud)|mac ?book|face ?id|wi-?fi|vpn|pcs?|atms?)$",
    )
    .expect("constant pattern")
});

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

/// What follows "password is" in a complaint rather than a password.
pub(super) static COMPLAINT: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    set(
        "a about above absent accepted active after again all allowed already also always am an and annoying another any anymore anyone anything anywhere are asked asking at attached \
        available awful back bad badly be because been before being below best better blank blocked both broken bust but by can cannot case caps changed changing clear close common complex \
        compromised confusing correct currently dead default definitely denied different difficult disabled done down dreadful due each easy either else empty enabled encrypted english enough \
        entered even ever every everyone exactly exempt expired expires expiring failing false far few fine five for forgot forgotten four free from fully further garbage getting given going gone good \
        got great half hard has have he held her here hers hidden his how i if ignored impossible in incorrect indeed insane insecure invalid is it its itself just keeps known lame last late leaked less \
        like literally locked long longer lost made many me mine missing more most much my name near needed never new next nine no nobody nonsense none nor not nothing now null obvious of off ok okay old \
        on once one only onto or other our ours out over own personal please plus pointless poor possible printed private probably prompted public quite rather ready really refused rejected rejecting \
        related required reset resetting right rubbish safe same saved saying secret secure seen sent set seven several shared she short should showing simple simply six so some somehow someone \
        something somewhere stale standard still stolen stored strange strong stuck stupid such suddenly super sure ten terrible than that the their theirs them then there these they this those three \
        thing to today together too totally tough tricky true twice two typed unable unchanged unclear under unknown unlocked until unusable up updated upper upper-case uppercase us used useless user users \
        usual vague valid very visible wanted was wasted way we weak weird well were what when where whether which who whoever why will with within without working worse worst wrong yes yet you your yours zero \
        case-sensitive complicated compulsory mandatory temporary permanent unique unsafe n/a tbc tbd tba none unset \
        abgelaufen gesperrt falsch ungültig unbekannt kaputt weg vergessen gestohlen zu kein keine keinen keiner nicht nichts nie immer wieder noch nur sehr schon jetzt leider das der die dem den ein eine einen \
        korrekt richtig identisch dasselbe gleich neu alt bitte auch aber und für mein dein sein ihr unser geändert zurückgesetzt bekannt leer \
        pas plus toujours incorrect incorrecte expiré expirée invalide oublié oubliée refusé refusée bloqué bloquée perdu perdue faux fausse trop encore le la les un une mon ma mes son sa votre notre déjà bien bon \
        que qui très celui à en du de des \
        incorrecta incorrecto caducada caducado expirada bloqueada errónea no muy ya demasiado siempre nunca la el los una mi su correcta válida \
        errata scaduta scaduto sbagliata sbagliato bloccata non molto già sempre mai il lo gli una mio mia corretta \
        niet verlopen onjuist fout geblokkeerd verkeerd geen te nog steeds al altijd het een mijn goed juist \
        incorreta errada expirada bloqueada não muito sempre nunca uma meu minha \
        nieprawidłowe błędne nie wygasło złe zablokowane zawsze moje to jest \
        utgånget fel felaktigt spärrat inte mycket redan alltid mitt det den ett en för \
        forkert udløbet spærret ikke meget allerede altid mit et mein mijn mon mein mi din ditt dit",
    )
});

/// Words that may stand between a name and its value.
pub(super) static FILLERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    set(
        "a all an and at been below by currently de default del den der des di du el en for from für got has have he her hers his i in is it la las le les my new now of old on one or our own \
        please sent set she shared should still temporary that the their then they this to used user was we were with you your zu zum zur das die dem my mon ma mi para per pour til till à auf private personal same usual right correct standard given",
    )
});

/// What has a password in its name and is none.
pub(super) static NOUNS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    set(
        "age app attempt attempts authentication box boxes card change changes check checker complexity cracker dialog dialogue email emails entry error errors expiration expiry expiries field fields \
        generator guess help hint history hygiene input issue issues length line link links list lock lockout login loop machine mail mails management manager managers matrix message messages notification \
        page pad pads policies policy popup portal problem problems prompt prompts protected protection question questions recovery reminder request requests requirement requirements rescue reset resets \
        rotation rule rules safe screen screens server service setting settings sheet site storage sync synchronisation system terminal theft ticket trouble troubles update updates utility vault \
        verification window windows works work worked failed fails failure failures entered keeps does did doesn't didn't don't won't won can can't cannot isn't isn wasn't stopped says say \
        vergessen zurücksetzen zurückgesetzt ändern richtlinie abfrage eingabe oublié réinitialisation expire olvidada olvidado restablecer caduca dimenticata reimpostare scade vergeten resetten verloopt \
        esqueci redefinir reset zapomniane återställning återställa glömt nulstil glemt asks asked keeps",
    )
});
