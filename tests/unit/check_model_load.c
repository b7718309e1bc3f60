/* Where model_load looks, what it says when something is missing, and the demo models. */
#include "check_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/model/model.h"
#include "bilens/tokenizer/tokenizer.h"

#ifndef BILENS_PKGDATADIR
#define BILENS_PKGDATADIR "/usr/local/share/bilens"
#endif

static void setup(void)
{
    make_directory(scratch("place"));
    make_directory(scratch("place/empty"));
    make_directory(scratch("place/half"));
    write_string(scratch("place/half/config.json"), "{}");
    setenv("BILENS_MODEL_PATH", scratch("place"), 1);
}

static void teardown(void)
{
    static const char *const all[] = {"place/half/config.json",
                                      "place/half/tokenizer.json",
                                      "place/half/model.safetensors",
                                      "place/half/model.safetensors.index.json",
                                      "place/lone.safetensors",
                                      "place/half",
                                      "place/empty",
                                      "place"};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        remove(scratch(all[i]));
}

static void expect_refused(const char *where, enum err_code code, const char *message)
{
    struct err e;

    err_clear(&e);
    ck_assert_ptr_null(model_load(where, &e));
    ck_assert_str_eq(e.message, message);
    ck_assert_int_eq(e.code, code);
}

static void expect_refused_in(const char *where, enum err_code code, const char *rest)
{
    char message[900];

    snprintf(message, sizeof message, "%s%s", scratch(where), rest);
    expect_refused(scratch(where), code, message);
}

START_TEST(test_missing_files)
{
    expect_refused_in("place/empty", ERR_FILE, ": model.safetensors is missing");
    expect_refused_in("place/half", ERR_FILE, ": model.safetensors is missing");
    ck_assert_int_eq(symlink("model.safetensors", scratch("place/half/model.safetensors")), 0);
    expect_refused_in("place/half", ERR_FILE,
                      "/model.safetensors: Too many levels of symbolic links");
    remove(scratch("place/half/model.safetensors"));
    write_string(scratch("place/half/model.safetensors.index.json"), "{}");
    expect_refused_in("place/half", ERR_FORMAT,
                      "/model.safetensors.index.json: has no `weight_map`");
    write_safetensors(scratch("place/half/model.safetensors"), "{}", 2, NULL, 0);
    remove(scratch("place/half/config.json"));
    expect_refused_in("place/half", ERR_FILE, ": config.json is missing");
}
END_TEST

START_TEST(test_lone_file)
{
    char message[1200];

    expect_refused_in("place/none.safetensors", ERR_FILE, ": No such file or directory");
    write_safetensors(scratch("place/lone.safetensors"), "{}", 2, NULL, 0);
    snprintf(message, sizeof message,
             "%s: %s is missing; the sizes of a model stand in a config.json beside its weights",
             scratch("place/lone.safetensors"), scratch("place/config.json"));
    expect_refused(scratch("place/lone.safetensors"), ERR_FILE, message);
    expect_refused("none.safetensors", ERR_FILE, "none.safetensors: No such file or directory");
}
END_TEST

START_TEST(test_names)
{
    char message[900];

    snprintf(
        message, sizeof message,
        "no model \"hafl\"; did you mean half? (looked in %s, %s/models; BILENS_MODEL_PATH adds "
        "places)",
        scratch("place"), BILENS_PKGDATADIR);
    expect_refused("hafl", ERR_FILE, message);
    expect_refused("", ERR_ARGUMENT, "the name of a model is empty");
    snprintf(message, sizeof message, "%s: model.safetensors is missing", scratch("place/half"));
    expect_refused("half", ERR_FILE, message);
}
END_TEST

START_TEST(test_unreadable)
{
    const char *path = scratch("place/lone.safetensors");

    write_safetensors(path, "{}", 2, NULL, 0);
    ck_assert_int_eq(chmod(path, 0), 0);
    if (geteuid() != 0) /* to whom everything is readable */
        expect_refused_in("place/lone.safetensors", ERR_FILE, ": Permission denied");
}
END_TEST

static void collect(const char *name, const char *path, void *context)
{
    char *all = context;

    ck_assert_ptr_nonnull(strstr(path, name));
    strcat(all, name);
    strcat(all, " ");
}

/* A directory is a model if it has a config.json; earlier places hide later ones. */
START_TEST(test_list)
{
    char all[200] = "", path[1200];

    snprintf(path, sizeof path, "/none::%s:%s", scratch("place"), scratch("place"));
    setenv("BILENS_MODEL_PATH", path, 1);
    model_list(collect, all);
    ck_assert_str_eq(all, "half ");
}
END_TEST

static char models[500]; /* taken before a test changes the environment; empty: none */

static struct model *load_demo(const char *name)
{
    char path[600];
    struct err e;
    struct model *m;

    err_clear(&e);
    snprintf(path, sizeof path, "%.400s/%s", models, name);
    m = model_load(path, &e);
    ck_assert_msg(m != NULL, "%s", e.message);
    return m;
}

START_TEST(test_demo)
{
    struct model *m;
    size_t id;
    struct err e;
    const struct matrix *w_e;

    if (models[0] == '\0')
        return;
    m = load_demo("tinystories-1-256");
    ck_assert_str_eq(m->layout, "bilinear, 17 April");
    ck_assert_str_eq(m->name, "tinystories-1-256");
    ck_assert_str_eq(m->dtype, "BF16");
    ck_assert_uint_eq(m->parameters, 3146496);
    ck_assert_uint_eq(m->sizes.d_head, 64);
    ck_assert_uint_eq(m->nan_count + m->inf_count, 0);
    ck_assert_uint_eq(m->note_count, 0);
    w_e = m->matrices[0].members[0];
    ck_assert(w_e->col.labels->class->find(w_e->col.labels, "game", &id, &e));
    ck_assert_uint_eq(id, 804);
    model_unref(m);
    m = load_demo("tinystories-2-128-abs");
    ck_assert_str_eq(m->layout, "bilinear, 10 April");
    ck_assert_uint_eq(m->sizes.layers, 2);
    model_unref(m);
    m = load_demo("tinystories-2-128-abs/"); /* a slash at the end is no part of the name */
    ck_assert_str_eq(m->name, "tinystories-2-128-abs");
    ck_assert_ptr_eq(model_ref(m), m);
    model_unref(m);
    model_unref(m);
}
END_TEST

TCase *load_case(void)
{
    TCase *tcase = tcase_create("load");

    snprintf(models, sizeof models, "%s", demo_models() != NULL ? demo_models() : "");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_missing_files);
    tcase_add_test(tcase, test_lone_file);
    tcase_add_test(tcase, test_names);
    tcase_add_test(tcase, test_unreadable);
    tcase_add_test(tcase, test_list);
    tcase_add_test(tcase, test_demo);
    return tcase;
}
