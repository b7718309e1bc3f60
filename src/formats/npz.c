#include "bilens/formats/npz.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"

struct member {
    char *key;
    size_t size;
    zip_uint64_t index;
};

struct npz {
    char *path;
    zip_t *archive;
    zip_file_t *open; /* the member being read, or NULL */
    const char *key;  /* its key */
    struct member *members;
    size_t count, others;
};

/* ---- reading ---- */

/* libzip speaks of its own errors and of the system's. */
static const char *reason(zip_error_t *error)
{
    if (zip_error_system_type(error) == ZIP_ET_SYS)
        return strerror(zip_error_code_system(error));
    return zip_error_strerror(error);
}

static bool refuse(const struct npz *z, const char *why, struct err *e)
{
    return err_set(e, ERR_FORMAT, "%s: not a .npz archive: %s", z->path, why);
}

static bool open_archive(struct npz *z, struct err *e)
{
    size_t size;
    int code = 0, fd = file_open(z->path, &size, e);
    if (fd < 0)
        return false;
    z->archive = zip_fdopen(fd, 0, &code);
    if (z->archive != NULL)
        return true;
    close(fd);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    refuse(z, size == 0 ? "it is empty" : reason(&error), e);
    zip_error_fini(&error);
    return false;
}

static bool ends_with(const char *string, size_t length, const char *end)
{
    size_t n = strlen(end);
    return length >= n && memcmp(string + length - n, end, n) == 0;
}

/* Does the member begin as a .npy file does? numpy reads it as one then, whatever its name. */
static bool begins_as_array(const struct npz *z, zip_uint64_t index)
{
    static const char magic[] = "\x93NUMPY";
    char start[sizeof magic - 1];
    zip_file_t *file = zip_fopen_index(z->archive, index, 0);
    bool is = file != NULL && zip_fread(file, start, sizeof start) == (zip_int64_t)sizeof start &&
              memcmp(start, magic, sizeof start) == 0;

    if (file != NULL)
        zip_fclose(file);
    return is;
}

static bool add_member(struct npz *z, zip_uint64_t index, struct err *e)
{
    static const char suffix[] = ".npy";
    zip_stat_t info;
    if (zip_stat_index(z->archive, index, 0, &info) != 0)
        return refuse(z, reason(zip_get_error(z->archive)), e);
    bool known = (info.valid & ZIP_STAT_NAME) != 0 && (info.valid & ZIP_STAT_SIZE) != 0;
    size_t length = known ? strlen(info.name) : 0;
    bool named = known && ends_with(info.name, length, suffix);
    if (!known || (!named && !begins_as_array(z, index))) {
        z->others++;
        return true;
    }
    struct member *m = &z->members[z->count];
    m->key = mem_strndup(info.name, named ? length + 1 - sizeof suffix : length);
    m->size = info.size;
    m->index = index;
    z->count++;
    return true;
}

static bool list_members(struct npz *z, struct err *e)
{
    zip_int64_t count = zip_get_num_entries(z->archive, 0);
    z->members = mem_new(count > 0 ? (size_t)count : 0, sizeof *z->members);
    for (zip_int64_t i = 0; i < count; i++)
        if (!add_member(z, (zip_uint64_t)i, e))
            return false;
    return true;
}

struct npz *npz_open(const char *path, struct err *e)
{
    struct npz *z = mem_new(1, sizeof *z);
    z->path = mem_strdup(path);
    if (open_archive(z, e) && list_members(z, e))
        return z;
    npz_free(z);
    return NULL;
}

void npz_free(struct npz *z)
{
    if (z == NULL)
        return;
    npz_abandon(z);
    if (z->archive != NULL)
        zip_discard(z->archive);
    for (size_t i = 0; i < z->count; i++)
        mem_free(z->members[i].key);
    mem_free(z->members);
    mem_free(z->path);
    mem_free(z);
}

size_t npz_count(const struct npz *z)
{
    return z->count;
}

size_t npz_others(const struct npz *z)
{
    return z->others;
}

const char *npz_key(const struct npz *z, size_t i)
{
    return z->members[i].key;
}

size_t npz_size(const struct npz *z, size_t i)
{
    return z->members[i].size;
}

static bool refuse_member(const struct npz *z, const char *why, struct err *e)
{
    return err_set(e, ERR_FORMAT, "%s: array \"%.200s\": %s", z->path, z->key, why);
}

static bool member_read(void *context, void *out, size_t length, struct err *e)
{
    struct npz *z = context;
    char *to = out;
    while (length > 0) {
        zip_int64_t got = zip_fread(z->open, to, length);
        if (got < 0)
            return refuse_member(z, reason(zip_file_get_error(z->open)), e);
        if (got == 0)
            return refuse_member(z, "it ends before its last element", e);
        to += got;
        length -= (size_t)got;
    }
    return true;
}

bool npz_start(struct npz *z, size_t i, struct byte_source *out, struct err *e)
{
    z->key = z->members[i].key;
    z->open = zip_fopen_index(z->archive, z->members[i].index, 0);
    *out = (struct byte_source){.read = member_read, .context = z};
    return z->open != NULL || refuse_member(z, reason(zip_get_error(z->archive)), e);
}

bool npz_close(struct npz *z, struct err *e)
{
    char more;
    zip_int64_t got = zip_fread(z->open, &more, 1); /* at the end the checksum is compared */
    bool ok = got == 0;
    if (got < 0)
        refuse_member(z, reason(zip_file_get_error(z->open)), e);
    else if (got > 0)
        refuse_member(z, "bytes follow its last element", e);
    npz_abandon(z);
    return ok;
}

void npz_abandon(struct npz *z)
{
    if (z->open != NULL)
        zip_fclose(z->open);
    z->open = NULL;
}

/* ---- writing ---- */

/* What libzip reads one member from. */
struct supply {
    struct chunk_source source;
    const unsigned char *bytes; /* of the chunk that is left */
    size_t left;
    zip_error_t error;
    struct err *e;
};

static zip_int64_t supply_read(struct supply *s, unsigned char *out, size_t length)
{
    size_t done = 0;
    while (done < length) {
        const void *more = s->bytes;
        if (s->left == 0 && !s->source.next(s->source.context, &more, &s->left, s->e)) {
            zip_error_set(&s->error, ZIP_ER_READ, 0);
            return -1;
        }
        s->bytes = more;
        if (s->left == 0)
            break;
        size_t some = s->left < length - done ? s->left : length - done;
        memcpy(out + done, s->bytes, some);
        s->bytes += some;
        s->left -= some;
        done += some;
    }
    return (zip_int64_t)done;
}

static zip_int64_t supply_callback(void *context, void *data, zip_uint64_t length,
                                   zip_source_cmd_t command)
{
    struct supply *s = context;
    switch (command) {
    case ZIP_SOURCE_READ:
        return supply_read(s, data, length);
    case ZIP_SOURCE_STAT: {
        zip_stat_t *info = data;
        zip_stat_init(info);
        return sizeof *info;
    }
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&s->error, data, length);
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
    case ZIP_SOURCE_OPEN:
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE: /* the supplies are npz_write's */
        return 0;
    default:
        zip_error_set(&s->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static bool add_supply(zip_t *archive, const char *key, struct supply *s)
{
    struct text name = TEXT_EMPTY;
    text_printf(&name, "%s.npy", key);
    zip_source_t *source = zip_source_function(archive, supply_callback, s);
    zip_int64_t index = source == NULL ? -1 : zip_file_add(archive, text_get(&name), source, 0);
    text_done(&name);
    if (index < 0 && source != NULL)
        zip_source_free(source);
    /* 1 January 1980, as numpy.savez says: the first day that the format can say. */
    const zip_uint16_t first_day = 1 << 5 | 1;
    zip_uint64_t at = (zip_uint64_t)index;
    return index >= 0 && zip_set_file_compression(archive, at, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(archive, at, 0, first_day, 0) == 0;
}

static bool write_archive(zip_t *archive, const struct npz_entry *entries, struct supply *supplies,
                          size_t count, const char *name, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        supplies[i] = (struct supply){.source = entries[i].source, .e = e};
        zip_error_init(&supplies[i].error);
        ok = add_supply(archive, entries[i].key, &supplies[i]);
    }
    if (ok && zip_close(archive) == 0)
        return true;
    if (e->code == ERR_NONE)
        err_set(e, ERR_FILE, "cannot write %s: %s", name, reason(zip_get_error(archive)));
    zip_discard(archive);
    return false;
}

bool npz_write(const char *path, const char *name, struct npz_entry *entries, size_t count,
               struct err *e)
{
    struct err own = {0}, *errors = e != NULL ? e : &own;
    struct supply *supplies = mem_new(count, sizeof *supplies);
    int code = 0;
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    bool ok = archive != NULL;
    if (ok) {
        ok = write_archive(archive, entries, supplies, count, name, errors);
    } else {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        err_set(e, ERR_FILE, "cannot write %s: %s", name, reason(&error));
        zip_error_fini(&error);
    }
    mem_free(supplies);
    return ok;
}
