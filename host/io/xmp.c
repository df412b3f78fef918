/* XMP is XML, and quern is no XML program: it exchanges numbers where they stand, and moves whole descriptions. */
#include "meta_priv.h"

#include "md5.h"

#include <stdio.h>
#include <string.h>

enum { NAME_LEN = 32, TIMES_MAX = 16 };

static const char extension_key[] = "xmpNote:HasExtendedXMP";

static const char *find(const char *from, const char *end, const char *what)
{
    const size_t n = strlen(what);
    return from && from <= end && (size_t)(end - from) >= n ? memmem(from, (size_t)(end - from), what, n) : NULL;
}

static bool replace(qn_bytes *b, size_t at, size_t old_len, const char *text, size_t len)
{
    if (len > old_len && !qn_bytes_reserve(b, b->len + len - old_len))
        return false;
    memmove(b->data + at + len, b->data + at + old_len, b->len - at - old_len);
    memcpy(b->data + at, text, len);
    b->len = b->len - old_len + len;
    return true;
}

/* name="123" and <name>123</name>: the occurrences get the value, the first few of them: each may move all that
 * follows. */
static bool set_number(qn_bytes *xmp, const char *name, uint32_t value)
{
    char text[16];
    const size_t len = (size_t)snprintf(text, sizeof text, "%u", value), n = strlen(name);
    size_t at = 0;
    for (int times = 0; times < TIMES_MAX; times++) {
        const char *base = (const char *)xmp->data, *end = base + xmp->len;
        const char *p = find(base + at, end, name);
        if (!p)
            return true;
        p += n;
        at = (size_t)(p - base);
        if (p < end && *p == '>')
            p++;
        else if (end - p >= 2 && p[0] == '=' && (p[1] == '"' || p[1] == '\''))
            p += 2;
        else
            continue;
        size_t digits = 0;
        while (p + digits < end && p[digits] >= '0' && p[digits] <= '9')
            digits++;
        if (digits > 0 && p + digits < end && strchr("\"'<", p[digits]) &&
            !replace(xmp, (size_t)(p - base), digits, text, len))
            return false;
    }
    return true;
}

bool meta_fix_xmp(qn_bytes *xmp, uint32_t w, uint32_t h, bool upright)
{
    return xmp->len == 0 || ((!upright || set_number(xmp, "tiff:Orientation", 1)) &&
                             set_number(xmp, "tiff:ImageWidth", w) && set_number(xmp, "tiff:ImageLength", h) &&
                             set_number(xmp, "exif:PixelXDimension", w) && set_number(xmp, "exif:PixelYDimension", h));
}

const char *meta_xmp_extension(const qn_bytes *xmp)
{
    if (xmp->len == 0)
        return NULL;
    const char *base = (const char *)xmp->data, *end = base + xmp->len;
    const char *p = find(base, end, extension_key);
    if (!p)
        return NULL;
    p += sizeof extension_key - 1;
    p += p < end && *p == '>' ? 1 : 2;
    return end - p > NAME_LEN ? p : NULL;
}

/* Of the extension: what lies between <rdf:RDF ...> and </rdf:RDF>. Names that are explained further out would lose
 * their meaning, so there must be none but rdf's own. */
static bool descriptions(const qn_bytes *more, const char **from, const char **to)
{
    const char *base = (const char *)more->data, *end = base + more->len;
    const char *open = find(base, end, "<rdf:RDF"), *close = find(open, end, ">");
    const char *meta = find(base, open ? open : end, "<x:xmpmeta");
    if (!open || !close)
        return false;
    const char *first = find(open, close, "xmlns:"), *second = first ? find(first + 6, close, "xmlns:") : NULL;
    const char *outer = find(meta, open, "xmlns:"), *outer2 = outer ? find(outer + 6, open, "xmlns:") : NULL;
    *from = close + 1;
    *to = find(*from, end, "</rdf:RDF>");
    return !second && !outer2 && *to;
}

/* Takes the name of the extension out, as an attribute or an element. */
static bool forget_extension(qn_bytes *xmp)
{
    const char *base = (const char *)xmp->data, *end = base + xmp->len;
    const char *p = find(base, end, extension_key);
    if (!p || end - p < (int)sizeof extension_key + NAME_LEN + 2)
        return false;
    const size_t at = (size_t)(p - base), n = sizeof extension_key - 1;
    if (p[n] == '=') {
        const char *quote = memchr(p + n + 2, p[n + 1], (size_t)(end - p) - n - 2);
        return quote && replace(xmp, at, (size_t)(quote + 1 - p), "", 0);
    }
    const char *close = find(p, end, "</xmpNote:HasExtendedXMP>");
    return at > 0 && p[-1] == '<' && close &&
           replace(xmp, at - 1, (size_t)(close - p) + 1 + strlen("</xmpNote:HasExtendedXMP>"), "", 0);
}

bool meta_join_xmp(qn_bytes *xmp, const qn_bytes *more, bool *joined)
{
    const char *from, *to;
    *joined = false;
    if (!descriptions(more, &from, &to) || !forget_extension(xmp))
        return true;
    const char *base = (const char *)xmp->data, *at = NULL;
    for (const char *p = base; (p = find(p, base + xmp->len, "</rdf:RDF>")); p++)
        at = p;
    if (!at)
        return true;
    *joined = true;
    return replace(xmp, (size_t)(at - base), 0, from, (size_t)(to - from));
}

bool meta_split_xmp(qn_bytes *xmp, qn_bytes *more)
{
    char name[NAME_LEN + 1], packet[512];
    more->len = 0;
    if (!qn_bytes_append(more, xmp->data, xmp->len))
        return false;
    qn_md5_hex(more->data, more->len, name);
    const int n = snprintf(packet, sizeof packet,
                           "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
                           "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
                           "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                           "<rdf:Description rdf:about=\"\" xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" "
                           "xmpNote:HasExtendedXMP=\"%s\"/></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>",
                           name);
    xmp->len = 0;
    return qn_bytes_append(xmp, packet, (size_t)n);
}
