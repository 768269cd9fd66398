/* The grammar of conditions: accepted texts with their canonical trees, refused ones with Falco's words. */
#include "compiler/condition/canonical_text.h"
#include "compiler/condition/condition_parse.h"
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OPERAND "expected a '(' token, a field check, or an identifier"
#define OPERATOR                                                                                                       \
	"expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', "   \
	"'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', " \
	"'pmatch'"
#define TRANSFORMERS                                                                                                   \
	"a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', "  \
	"'getopt'"
#define STRING_VALUE "expected a string value or " TRANSFORMERS
#define NUMBER_VALUE "expected a number value or " TRANSFORMERS
#define LIST_VALUE "expected a list, an identifier, or " TRANSFORMERS
#define AFTER(token) "unexpected token after '" token "', expecting 'or', 'and'"
#define FIELD_ARGUMENT "expected a valid field argument: a quoted string or a bare string"
#define TRANSFORMER_ARGUMENT                                                                                           \
	"expected field transformer argument: field, transformer, quoted string, number, or transformer list"
#define LIST_ARGUMENT "expected transformer list argument: field, transformer, quoted string, or number"

static const struct {
	const char *text, *tree;
} accepted[] = {
    {"a", "a"},
    {"(a)", "a"},
    {"((a))", "a"},
    {" a ", "a"},
    {"\ta\r\n\b", "a"},
    {"and", "and"},
    {"or", "or"},
    {"not", "not"},
    {"true", "true"},
    {"a and and", "(a and and)"},
    {"or or or", "(or or or)"},
    {"a and not", "(a and not)"},
    {"not not a", "a"},
    {"not not not a", "not a"},
    {"not not(a)", "a"},
    {"not(not(a))", "not not a"},
    {"not (not a)", "not not a"},
    {"not\v\fa", "not a"},
    {"not and", "not and"},
    {"not(a)and(b)", "(not a and b)"},
    {"(a)and b", "(a and b)"},
    {"a and(b)or(c)", "((a and b) or c)"},
    {"a and(b)and(c)or(d)or(e)", "((a and b and c) or d or e)"},
    {"a or (b) and c", "(a or (b and c))"},
    {"(a or(b))and c", "((a or b) and c)"},
    {"a or b and c", "(a or (b and c))"},
    {"a and b and c", "(a and b and c)"},
    {"a and (b and c)", "(a and (b and c))"},
    {"a or b or c", "(a or b or c)"},
    {"not a and b", "(not a and b)"},
    {"a.b='x'and c", "(a.b = x and c)"},
    {"a.b > 5and c", "(a.b > 5 and c)"},
    {"a.b existsand c", "(a.b exists and c)"},
    {"a.b exists and(c)", "(a.b exists and c)"},
    {"nota", "nota"},
    {"a and notb", "(a and notb)"},
    {"a.b =x", "a.b = x"},
    {"a.b=x", "a.b = x"},
    {"a.b ==x", "a.b == x"},
    {"a.b!=x", "a.b != x"},
    {"a.b > 5.", "a.b > 5."},
    {"a.b > 1e+5", "a.b > 1e+5"},
    {"a.b > 0X1f", "a.b > 0X1f"},
    {"a.b < +1", "a.b < +1"},
    {"a.b >= -1", "a.b >= -1"},
    {"a.b <= 1.5E-3", "a.b <= 1.5E-3"},
    {"a.b>5", "a.b > 5"},
    {"a.b = 'a\"b'", "a.b = \"a\\\"b\""},
    {"a.b = \"a'b\"", "a.b = \"a'b\""},
    {"a.b = 'a\\'b'", "a.b = \"a'b\""},
    {"a.b = \"a\\\"b\"", "a.b = \"a\\\"b\""},
    {"a.b = \"a\\ b\"", "a.b = \"a\\\\b\""},
    {"a.b = \"a\\\\b\"", "a.b = \"a\\\\b\""},
    {"a.b = \"\\\"\"", "a.b = \"\\\"\""},
    {"a.b = \"\"", "a.b = "},
    {"a.b = ''and c", "(a.b =  and c)"},
    {"a.b = \"\\b\\f\\n\\r\\t\\/\"", "a.b = \"\\b\\f\\n\\r\\t/\""},
    {"a.b = \"\\x41\\x5C\"", "a.b = \"A\\\\\""},
    {"a.b = 'x\ny'", "a.b = \"x\\ny\""},
    {"a.b = '# no comment'", "a.b = \"# no comment\""},
    {"a.b in (x,y)", "a.b in (x, y)"},
    {"a.b in(x)", "a.b in (x)"},
    {"a.b in ( )", "a.b in ()"},
    {"a.b in ()", "a.b in ()"},
    {"a.b in ( x , \"y z\" )", "a.b in (x, \"y z\")"},
    {"a.b in (\"\")", "a.b in ()"},
    {"a.b in x", "a.b in x"},
    {"a.b inx", "a.b in x"},
    {"a.b intersectsx", "a.b intersects x"},
    {"a.b pmatch(/)", "a.b pmatch (/)"},
    {"a.b in val(c.d)", "a.b in val(c.d)"},
    {"a.b in tolower(c.d)", "a.b in tolower(c.d)"},
    {"a.b = val( c.d )", "a.b = val(c.d)"},
    {"a.b = val(c.d[x])", "a.b = val(c.d[x])"},
    {"a.b = val(c.d)[x]", "a.b = val(c.d)[x]"},
    {"a.b = val(c.d) and e", "(a.b = val(c.d) and e)"},
    {"a.b = valx", "a.b = valx"},
    {"a.b = tolower", "a.b = tolower"},
    {"a.b[0] exists", "a.b[0] exists"},
    {"a.b['c d'] exists", "a.b[\"c d\"] exists"},
    {"a.b[\"c\\\"d\"] exists", "a.b[\"c\\\"d\"] exists"},
    {"a.b[c(d)] exists", "a.b[c(d)] exists"},
    {"a.b[\"\"] exists", "a.b[\"\"] exists"},
    {"a.b[x]exists", "a.b[x] exists"},
    {"a.b[x]=y", "a.b[x] = y"},
    {"tolower( a.b ) = x", "tolower(a.b) = x"},
    {"tolower('x') = x", "tolower(x) = x"},
    {"len(a.b)>5", "len(a.b) > 5"},
    {"tolower(a.b, c.d) = x", "tolower(a.b,c.d) = x"},
    {"join('-', (a.b, c.d)) = x", "join(-,(a.b,c.d)) = x"},
    {"join('-', ()) = x", "join(-,()) = x"},
    {"join('-', ( )) = x", "join(-,()) = x"},
    {"join('-',(tolower(a.b),'x',0x1f,5)) = x", "join(-,(tolower(a.b),x,0x1f,5)) = x"},
    {"concat(0x10, 5, \"a b\") = x", "concat(0x10,5,\"a b\") = x"},
    {"getopt(a.b, 'x:')[x] = y", "getopt(a.b,x:)[x] = y"},
    {"tolower(a.b)[x] = y", "tolower(a.b)[x] = y"},
    {"a.b = tolower(c.d)[x]", "a.b = tolower(c.d)[x]"},
    {"tolower(a.b)exists", "tolower(a.b) exists"},
    {"a.b = not", "a.b = not"},
    {"a.b = c.d", "a.b = c.d"},
    {"a.b = <", "a.b = <"},
    {"a.b = <NA>", "a.b = <NA>"},
    {"a.b = ${x}", "a.b = ${x}"},
    {"a.b = [x]", "a.b = [x]"},
    {"a.b = oneof (a, b)", "a.b = oneof (a, b)"},
    {"a.b = oneof\n(a)", "a.b = oneof (a)"},
    {"a.b contains anyof (a)", "a.b contains anyof (a)"},
    {"a.b = oneof", "a.b = oneof"},
    {"a.b = oneof and m", "(a.b = oneof and m)"},
    {"a.b = oneof or m", "(a.b = oneof or m)"},
    {"a.b = oneof android", "a.b = oneof android"},
    {"a.b = oneof x", "a.b = oneof x"},
    {"a.b = oneofx", "a.b = oneofx"},
    {"a.b =oneof", "a.b = oneof"},
    {"a.b = allof ()", "a.b = allof ()"},
    {"a.b in oneof", "a.b in oneof"},
    {"tolower.x = y", "tolower.x = y"},
    {"not.a exists", "not.a exists"},
    {"tolowerx", "tolowerx"},
    {"a.b = caf\xc3\xa9", "a.b = caf\xc3\xa9"},
    {"a.b =\bx", "a.b = x"},
    {"a.b in (\bx,\by)", "a.b in (x, y)"},
};

static const struct {
	const char *text, *message;
	int index; /* of the place; -1: not looked at */
} refused[] = {
    {"", "filter input string is empty", 0},
    {"   ", OPERAND, 3},
    {"a.b = xand c", AFTER("xand"), 11},
    {"a andb", "expected blank or '(' after 'and'", 5},
    {"a or", "expected blank or '(' after 'or'", 4},
    {"a and", "expected blank or '(' after 'and'", 5},
    {"a and\vb", "expected blank or '(' after 'and'", 5},
    {"a and ", OPERAND, 6},
    {"a and not ", OPERAND, 10},
    {"(a", "expected a ')' token", 2},
    {"(a b)", "expected a ')' token", 3},
    {"not(a", "expected a ')' token", 5},
    {"a or(b) and c", AFTER(")"), 8},
    {"a or(b)and(c)", AFTER(")"), 7},
    {"a or(b) andc", AFTER(")"), 8},
    {"a or(b) orc", "expected blank or '(' after 'or'", 10},
    {"(a or(b) and c)", "expected a ')' token", 9},
    {"a)", AFTER("a"), 1},
    {"a b", AFTER("a"), 2},
    {"a, b", AFTER("a"), 1},
    {"a == b", AFTER("a"), 2},
    {"a && b", AFTER("a"), 2},
    {"a;b", AFTER("a"), 1},
    {"a # b", AFTER("a"), 2},
    {"(a) b", AFTER(")"), 4},
    {"()", OPERAND, 1},
    {"!a", OPERAND, 0},
    {"'a'", OPERAND, 0},
    {"\"a.b\" = x", OPERAND, 0},
    {"# a", OPERAND, 0},
    {"1a.b = x", OPERAND, 0},
    {"_a.b = x", OPERAND, 0},
    {"a.b", OPERATOR, 3},
    {"a.b like x", OPERATOR, 4},
    {"a.b CONTAINS x", OPERATOR, 4},
    {"a.b containsx", OPERATOR, 4},
    {"a.b contains", OPERATOR, 4},
    {"a.b !x", OPERATOR, 4},
    {"a.b [c] = x", OPERATOR, 4},
    {"a.b-c = x", OPERATOR, 3},
    {"a.b[c]d = x", OPERATOR, 6},
    {"a.bexists", OPERATOR, 9},
    {"a.1b = x", AFTER("a"), 1},
    {"a..b = x", AFTER("a"), 1},
    {"a-b.c = x", AFTER("a"), 1},
    {"a.b === x", STRING_VALUE, 6},
    {"a.b = =x", STRING_VALUE, 6},
    {"a.b =", STRING_VALUE, 5},
    {"a.b contains (x)", STRING_VALUE, 13},
    {"a.b = \"a", STRING_VALUE, 6},
    {"a.b = \"a\\\\\"", STRING_VALUE, 6},
    {"a.b > abc", NUMBER_VALUE, 6},
    {"a.b > '5'", NUMBER_VALUE, 6},
    {"a.b > .5", NUMBER_VALUE, 6},
    {"a.b <> x", NUMBER_VALUE, 5},
    {"a.b > oneof (1)", NUMBER_VALUE, 6},
    {"a.b > 1e5", AFTER("1"), 7},
    {"a.b > 0x", AFTER("0"), 7},
    {"a.b > 0xG", AFTER("0"), 7},
    {"a.b = x y", AFTER("x"), 8},
    {"a.b = x,", AFTER("x"), 7},
    {"a.b = a=b", AFTER("a"), 7},
    {"a.b = a(b", AFTER("a"), 7},
    {"a.b = a'b", AFTER("a"), 7},
    {"a.b = 'x' y", AFTER("'x'"), 10},
    {"a.b = \"\\x4\"", "truncated hex char escape sequence", 7},
    {"a.b = \"\\xzz\"", "invalid hex char escape sequence: zz", 7},
    {"a.b = \"\\d\"", "unsupported string escape sequence: \\d", 7},
    {"a.b = \"\\'\"", "invalid \\' escape in \"-quoted string", 7},
    {"a.b = '\\\"'", "invalid \\\" escape in '-quoted string", 7},
    {"a.b in (\"\\d\")", "expected a ')' token", 8},
    {"a.b in (x, \"\\d\")", "unsupported string escape sequence: \\d", 12},
    {"a.b in (\"x)", "expected a ')' token", 8},
    {"a.b in (x, \"y)", "expected a string value", 11},
    {"a.b in (x,)", "expected a string value", 10},
    {"a.b in (x,,y)", "expected a string value", 10},
    {"a.b in (x,(y))", "expected a string value", 10},
    {"a.b in (,x)", "expected a ')' token", 8},
    {"a.b in (x y)", "expected a ')' token", 10},
    {"a.b in (a=b)", "expected a ')' token", 9},
    {"a.b in (val(c.d))", "expected a ')' token", 11},
    {"a.b in 5", LIST_VALUE, 7},
    {"a.b in 'x'", LIST_VALUE, 7},
    {"a.b pmatch /a", LIST_VALUE, 11},
    {"a.b regex (a|b)", STRING_VALUE, 10},
    {"a.b[] = x", FIELD_ARGUMENT, 4},
    {"a.b[ c ] = x", FIELD_ARGUMENT, 4},
    {"a.b[c d] = x", "expected a ']' token", 5},
    {"a.b[c", "expected a ']' token", 5},
    {"a.b[c[d]] = x", "expected a ']' token", 5},
    {"tolower() = x", TRANSFORMER_ARGUMENT, 8},
    {"tolower(a) = x", TRANSFORMER_ARGUMENT, 8},
    {"tolower(val(c.d)) = x", TRANSFORMER_ARGUMENT, 8},
    {"tolower(a.b = x", "expected a ')' token closing the transformer", 12},
    {"tolower (x.y) = a", AFTER("tolower"), 8},
    {"val(a.b) = x", AFTER("val"), 3},
    {"TOLOWER(a.b) = x", AFTER("TOLOWER"), 7},
    {"lower(a.b) = x", AFTER("lower"), 5},
    {"a.b = val(tolower(c.d))", "expected a field within 'val' transformer", 10},
    {"a.b = val(c)", "expected a field within 'val' transformer", 10},
    {"a.b = val('c')", "expected a field within 'val' transformer", 10},
    {"join('-', (a.b,)) = x", LIST_ARGUMENT, 15},
    {"join('-', ((a.b))) = x", LIST_ARGUMENT, 11},
    {"join('-', (x)) = x", LIST_ARGUMENT, 11},
    {"a.b = x\vand c", AFTER("x"), 7},
    {"a.b = oneof(a)", AFTER("oneof"), 11},
    {"a.b =oneof (a)", AFTER("oneof"), 11},
    {"a.b = oneof and_x", "expected blank or '(' after 'and'", 15},
    {"a.b = oneof 5", AFTER("oneof"), 12},
    {"a.b = oneof val(c.d)", AFTER("val"), 15},
    {"a.b in oneof (a)", AFTER("oneof"), 13},
    {"not \bnot a", AFTER("not"), 9},
    {"a.b = (z)", STRING_VALUE, 6},
};

struct fixture {
	struct arena *arena;
	struct diagnostics diagnostics;
	const struct mapped_text *text;
	struct condition *condition;
	int status;
};

static void parse(struct fixture *fixture, const char *bytes, size_t length)
{
	const struct source_file *file;

	fixture->arena = arena_new(0);
	ck_assert_ptr_nonnull(fixture->arena);
	ck_assert_int_eq(diagnostics_init(&fixture->diagnostics, fixture->arena), 0);
	ck_assert_int_eq(source_file_new(fixture->arena, TEXT("test"), text_of(bytes, length), &file), 0);
	fixture->text = mapped_text_of_file(fixture->arena, file);
	ck_assert_ptr_nonnull(fixture->text);
	fixture->status = condition_parse(fixture->arena, fixture->text, &fixture->diagnostics, &fixture->condition);
}

static void release(struct fixture *fixture)
{
	diagnostics_release(&fixture->diagnostics);
	arena_free(fixture->arena);
}

static char *tree_of(const struct condition *condition)
{
	struct buffer buffer = BUFFER_INIT;

	canonical_condition(&buffer, condition);
	buffer_append_byte(&buffer, '\0');
	ck_assert(!buffer.failed);
	return (char *)buffer.bytes;
}

START_TEST(accepts)
{
	struct fixture fixture;
	char *tree;

	parse(&fixture, accepted[_i].text, strlen(accepted[_i].text));
	ck_assert_msg(fixture.status == 0, "%s: refused", accepted[_i].text);
	tree = tree_of(fixture.condition);
	ck_assert_str_eq(tree, accepted[_i].tree);
	ck_assert_uint_eq(fixture.diagnostics.count, 0);
	free(tree);
	release(&fixture);
}
END_TEST

START_TEST(refuses)
{
	struct fixture fixture;

	parse(&fixture, refused[_i].text, strlen(refused[_i].text));
	ck_assert_msg(fixture.status == -EINVAL, "%s: accepted", refused[_i].text);
	ck_assert_uint_eq(fixture.diagnostics.count, 1);
	ck_assert_str_eq(fixture.diagnostics.items[0]->message.bytes, refused[_i].message);
	ck_assert_int_eq((int)fixture.diagnostics.items[0]->span.start, refused[_i].index);
	release(&fixture);
}
END_TEST

START_TEST(a_nul_byte_ends_the_text)
{
	static const char text[] = "a\0 b";
	struct fixture fixture;
	char *tree;

	parse(&fixture, text, sizeof text - 1);
	ck_assert_int_eq(fixture.status, 0);
	tree = tree_of(fixture.condition);
	ck_assert_str_eq(tree, "a");
	free(tree);
	release(&fixture);
}
END_TEST

static char *wrapped(unsigned levels, const char *open, const char *inner, const char *close)
{
	struct buffer buffer = BUFFER_INIT;

	for (unsigned i = 0; i < levels; i++)
		buffer_append_string(&buffer, open);
	buffer_append_string(&buffer, inner);
	for (unsigned i = 0; i < levels; i++)
		buffer_append_string(&buffer, close);
	buffer_append_byte(&buffer, '\0');
	ck_assert(!buffer.failed);
	return (char *)buffer.bytes;
}

START_TEST(nesting_is_limited)
{
	static const struct {
		unsigned levels;
		const char *open, *inner, *close;
		bool fits;
	} rows[] = {
	    {199, "(", "a", ")", true},
	    {200, "(", "a", ")", false},
	    {199, "(", "a.b exists", ")", true},
	    {200, "(", "a.b exists", ")", false},
	    {198, "(", "a.b = x", ")", true},
	    {199, "(", "a.b = x", ")", false},
	    {198, "(", "a.b in (x)", ")", true},
	    {199, "(", "a.b in (x)", ")", false},
	    {490, "tolower(", "a.b", ") = x", false}, /* not well-formed, but refused for that */
	    {5000, "not ", "a", "", true},
	    {5000, "a and ", "a", "", true},
	    {5000, "a or ", "a", "", true},
	    {100000, "(", "a", "", false},
	    {100000, "tolower(", "a", "", false},
	};
	struct fixture fixture;
	char *text = wrapped(rows[_i].levels, rows[_i].open, rows[_i].inner, rows[_i].close);

	parse(&fixture, text, strlen(text));
	ck_assert_int_eq(fixture.status, rows[_i].fits ? 0 : -EINVAL);
	if (!rows[_i].fits && rows[_i].levels != 490)
		ck_assert_str_eq(fixture.diagnostics.items[0]->message.bytes, "exceeded max depth limit of 1000");
	free(text);
	release(&fixture);
}
END_TEST

START_TEST(spans_are_those_of_the_text)
{
	static const char text[] =
	    " m1 and not (evt.arg[\"a b\"]  startswith  anyof ( x , 'y z' ) or a.b > val( c.d ) )";
	struct condition *join, *check;
	struct fixture fixture;

	parse(&fixture, text, strlen(text));
	ck_assert_int_eq(fixture.status, 0);
	ck_assert_int_eq(fixture.condition->kind, CONDITION_AND);
	ck_assert_uint_eq(fixture.condition->span.start, 1);
	ck_assert_uint_eq(fixture.condition->span.end, strlen(text));
	ck_assert_int_eq(fixture.condition->children[0]->kind, CONDITION_MACRO);
	ck_assert_uint_eq(fixture.condition->children[0]->span.end, 3);
	ck_assert_int_eq(fixture.condition->children[1]->kind, CONDITION_NOT);
	join = fixture.condition->children[1]->children[0];
	ck_assert_int_eq(join->kind, CONDITION_OR);
	check = join->children[0];
#define EXPECT_SPAN(span_, expected)                                                                                   \
	ck_assert_int_eq(memcmp(text + (span_).start, expected, strlen(expected)), 0);                                 \
	ck_assert_uint_eq((span_).end - (span_).start, strlen(expected))
	EXPECT_SPAN(check->span, "evt.arg[\"a b\"]  startswith  anyof ( x , 'y z' )");
	EXPECT_SPAN(check->left->span, "evt.arg[\"a b\"]");
	EXPECT_SPAN(expression_name_span(check->left), "evt.arg");
	EXPECT_SPAN(expression_argument_span(check->left), "\"a b\"");
	EXPECT_SPAN(check->operator_span, "startswith  anyof");
	ck_assert_int_eq(check->modifier, MODIFIER_ANYOF);
	ck_assert_uint_eq(check->constant_count, 2);
	EXPECT_SPAN(constant_span(check, &check->constants[0]), "x");
	EXPECT_SPAN(constant_span(check, &check->constants[1]), "'y z'");
	ck_assert(check->constants[1].is_quoted && !check->constants[0].is_quoted);
	check = join->children[1];
	EXPECT_SPAN(check->span, "a.b > val( c.d )");
	EXPECT_SPAN(check->right->span, "c.d");
	ck_assert_int_eq(check->right_side, RIGHT_FIELD);
	release(&fixture);
}
END_TEST

START_TEST(an_expression_is_a_prefix)
{
	static const struct {
		const char *text;
		bool takes_argument;
		int end; /* -1: none */
	} rows[] = {
	    {"tolower(a.b) x", true, 12},
	    {"tolower( a.b )[x]y", true, 17},
	    {"tolower(a.b)[x y", true, -1},
	    {"tolower(a.b)[x y", false, 12},
	    {"a.b[x]y", true, 6},
	    {"a.b.c%d", true, 5},
	    {"a.b[x]", false, 3},
	    {"a", true, -1},
	    {"tolower(a", true, -1},
	    {"val(a.b)", true, -1},
	    {"", true, -1},
	};
	struct expression *expression;
	struct fixture fixture;
	uint32_t end = 0;
	int status;

	parse(&fixture, rows[_i].text, strlen(rows[_i].text));
	status = expression_parse(fixture.arena, fixture.text, 0, rows[_i].takes_argument, &expression, &end);
	ck_assert_int_eq(status, rows[_i].end < 0 ? -EINVAL : 0);
	if (rows[_i].end >= 0)
		ck_assert_int_eq((int)end, rows[_i].end);
	release(&fixture);
}
END_TEST

START_TEST(hints_say_what_may_be_meant)
{
	static const char *const rows[][2] = {
	    {"a && b", "write `and`"},
	    {"!a", "write `not`"},
	    {"a.b = x # y", "conditions have no comments"},
	    {"a.b = (x)", "a value with a parenthesis needs quotes"},
	    {"a.b > '5'", "numbers are written without quotes"},
	    {"a.b CONTAINS x", "operators are written in lower case"},
	    {"name = x", "a word without a dot is the name of a macro; fields have dots, as in proc.name"},
	    {"a.b = x(y)", "a value with ( ) = , or a quote in it needs quotes"},
	    {"a.b = \"x\\\\\"", "the string is not closed; note that it cannot end in a backslash: write \\x5c"},
	    {"a.b like x", ""},
	};
	struct fixture fixture;

	parse(&fixture, rows[_i][0], strlen(rows[_i][0]));
	ck_assert_int_eq(fixture.status, -EINVAL);
	ck_assert_str_eq(fixture.diagnostics.items[0]->hint.bytes, rows[_i][1]);
	release(&fixture);
}
END_TEST

START_TEST(field_names)
{
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
	    {"a.b", 3},        {"a", 0},    {"a.", 0},   {"a.1", 0}, {"a.b.1", 3},
	    {"a.b_1.c2 x", 8}, {"_a.b", 0}, {"a..b", 0}, {"", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_uint_eq(field_name_length(text_from_string(rows[i].text)), rows[i].length);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("condition_parse");
	TCase *tcase = tcase_create("condition_parse");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, accepts, 0, sizeof accepted / sizeof accepted[0]);
	tcase_add_loop_test(tcase, refuses, 0, sizeof refused / sizeof refused[0]);
	tcase_add_test(tcase, a_nul_byte_ends_the_text);
	tcase_add_loop_test(tcase, nesting_is_limited, 0, 14);
	tcase_add_test(tcase, spans_are_those_of_the_text);
	tcase_add_loop_test(tcase, an_expression_is_a_prefix, 0, 11);
	tcase_add_loop_test(tcase, hints_say_what_may_be_meant, 0, 10);
	tcase_add_test(tcase, field_names);
	suite_add_tcase(suite, tcase);
	return suite;
}

CHECK_MAIN(suite)
