#include "piece.h"

#include "bilens/base/err.h"
#include "bilens/base/text.h"

bool piece_text_fits(const struct text *text, struct err *e)
{
    return text->length <= PIECE_TEXT_MOST ||
           err_set(e, ERR_UNSUPPORTED, "the tokenizer makes more than %d MiB of this text",
                   PIECE_TEXT_MOST >> 20);
}
