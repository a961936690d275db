"""A language model, served by llama.cpp's own server: real, but tiny and untrained, so that it talks nonsense.

    python inference.py FOLDER plain|strict

Its tokens are bytes and printable characters. What it says is the same for the same prompt. `strict` has a chat
template that refuses a system message anywhere but first, as some models' templates do.
"""

import signal
import sys
from pathlib import Path

import gguf
import numpy
import xllamacpp

WIDTH, LAYERS, CONTEXT = 256, 8, 4096
TOOL_CALL = 3  # The token that begins one.
PRINTABLE = ["\u2581", *map(chr, range(33, 127))]  # The first is a space, as a vocabulary writes it.
REFUSAL = "System message must be at the beginning."
TEMPLATE = """\
{%- if tools %}<|im_start|>system
<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools><|im_end|>
{% endif %}
{%- for message in messages %}
{%- if STRICT and message.role == "system" and not loop.first %}{{ raise_exception("REFUSAL") }}{% endif %}
{{- "<|im_start|>" + message.role + "\\n" + (message.content or "") }}
{%- for call in message.tool_calls or [] %}
<tool_call>{"name": {{ call.function.name | tojson }}, "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor %}
{{- "<|im_end|>\\n" }}
{%- endfor %}
{%- if add_generation_prompt %}{{ "<|im_start|>assistant\\n" }}{% endif %}
""".replace("REFUSAL", REFUSAL)
TEMPLATES = {"plain": TEMPLATE.replace("STRICT", "false"), "strict": TEMPLATE.replace("STRICT", "true")}


def write_model(path, template):
    model = gguf.GGUFWriter(path, "llama")
    model.add_context_length(CONTEXT)
    model.add_embedding_length(WIDTH)
    model.add_feed_forward_length(2 * WIDTH)
    model.add_block_count(LAYERS)
    model.add_head_count(4)
    model.add_layer_norm_rms_eps(1e-5)
    model.add_chat_template(template)
    write_tensors(model, words=write_vocabulary(model))
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


def write_vocabulary(model):
    kinds = gguf.TokenType
    tokens = [("<unk>", kinds.UNKNOWN), ("<|im_start|>", kinds.CONTROL), ("<|im_end|>", kinds.CONTROL)]
    tokens += [("<tool_call>", kinds.USER_DEFINED)]
    tokens += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)]
    tokens += [(character, kinds.NORMAL) for character in PRINTABLE]
    model.add_vocab_size(len(tokens))
    model.add_tokenizer_model("llama")
    model.add_token_list([text for text, _ in tokens])
    model.add_token_types([kind for _, kind in tokens])
    model.add_token_scores([0.0] * len(tokens))
    model.add_unk_token_id(0)
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)
    model.add_add_bos_token(False)
    model.add_add_space_prefix(False)
    return len(tokens)


def write_tensors(model, words):
    chance = numpy.random.default_rng(seed=1)

    def drawn(name, *shape, scale=0.05):
        model.add_tensor(f"{name}.weight", scale * chance.standard_normal(shape, dtype=numpy.float32))

    def ones(name):
        model.add_tensor(f"{name}.weight", numpy.ones(WIDTH, dtype=numpy.float32))

    drawn("token_embd", words, WIDTH)
    for layer in range(LAYERS):
        ones(f"blk.{layer}.attn_norm")
        for part in ("q", "k", "v", "output"):
            drawn(f"blk.{layer}.attn_{part}", WIDTH, WIDTH)
        ones(f"blk.{layer}.ffn_norm")
        drawn(f"blk.{layer}.ffn_gate", 2 * WIDTH, WIDTH)
        drawn(f"blk.{layer}.ffn_up", 2 * WIDTH, WIDTH)
        drawn(f"blk.{layer}.ffn_down", WIDTH, 2 * WIDTH)
    ones("output_norm")
    # It seldom says bytes that are no text.
    scales = numpy.where(numpy.arange(words) < words - len(PRINTABLE), 0.03, 0.05).astype(numpy.float32)
    drawn("output", words, WIDTH, scale=scales[:, None])


def serve(folder, template):
    path = Path(folder) / f"{template}.gguf"
    write_model(path, TEMPLATES[template])
    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.model_alias = {"tiny"}
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.n_parallel = 2
    settings.n_ctx = 2 * CONTEXT
    settings.cpuparams.n_threads = 1
    settings.use_jinja = True
    settings.endpoint_slots = True
    # A prompt read anew each time: one read in part rounds differently, and so says something else.
    settings.cache_prompt = False
    server = xllamacpp.Server(settings)
    print(f"listening on {server.listening_address}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    serve(*sys.argv[1:])
