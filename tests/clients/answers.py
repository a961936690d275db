"""What the recording provider answers: chats and responses as OpenAI shapes them, the same for the same request."""

import json

CHUNKS = ["Lemon ", "and ", "thyme."]
TEXT = "".join(CHUNKS)
RECIPE = {"title": "Chickpea curry", "minutes": 20}
CALL = {"name": "weather", "arguments": '{"city":"Lisbon"}'}
USAGE = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
VECTOR = [0.25, -0.5, 1.0]
CREATED = 1_700_000_000


def calls_a_tool(request):
    """Whether tools are offered and none has been used yet."""
    said = request.get("messages") or request["input"]
    used = not isinstance(said, str) and any(
        one.get("role") == "tool" or one.get("type") == "function_call_output" for one in said
    )
    return bool(request.get("tools")) and not used


def texts(wants_recipe):
    return [json.dumps(RECIPE)] if wants_recipe else CHUNKS


# Chat completions


def chat(request):
    parts = texts(request.get("response_format", {}).get("type") == "json_schema")
    message, finish = {"role": "assistant", "content": "".join(parts)}, "stop"
    if calls_a_tool(request):
        call = {"id": "call_1", "type": "function", "function": CALL}
        message, finish = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    choices = [{"index": index, "message": message, "finish_reason": finish} for index in range(request.get("n", 1))]
    return {**about_chat(request), "object": "chat.completion", "choices": choices, "usage": USAGE}


def chat_chunks(request):
    choice = chat(request)["choices"][0]
    yield from (chunk(request, delta) for delta in deltas(choice["message"]))
    yield chunk(request, {}, finish=choice["finish_reason"])
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**about_chat(request), "object": "chat.completion.chunk", "choices": [], "usage": USAGE}


def chunk(request, delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**about_chat(request), "object": "chat.completion.chunk", "choices": [choice]}


def deltas(message):
    if "tool_calls" in message:
        call, arguments = message["tool_calls"][0], CALL["arguments"]
        opening = {**call, "index": 0, "function": {**CALL, "arguments": ""}}
        yield {"role": "assistant", "content": None, "tool_calls": [opening]}
        for part in (arguments[:5], arguments[5:]):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}
    else:
        parts = CHUNKS if message["content"] == TEXT else [message["content"]]
        yield from ({"role": "assistant", "content": part} for part in parts)


def about_chat(request):
    return {"id": "chatcmpl-1", "created": CREATED, "model": request["model"]}


# Responses


def response(request):
    if calls_a_tool(request):
        output = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed", **CALL}
    else:
        parts = texts(request.get("text", {}).get("format", {}).get("type") == "json_schema")
        content = {"type": "output_text", "text": "".join(parts), "annotations": [], "logprobs": []}
        output = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [content]}
    usage = {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 16,
    }
    return {**about_response(request), "status": "completed", "output": [output], "usage": usage}


def response_events(request):
    """The events of a stream, in order, each with its sequence number."""
    for number, event in enumerate(unnumbered(request)):
        yield {**event, "sequence_number": number}


def unnumbered(request):
    done = response(request)
    begun = {**done, "status": "in_progress", "output": [], "usage": None}
    [item] = done["output"]
    at = {"item_id": item["id"], "output_index": 0}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    if item["type"] == "function_call":
        empty = {**item, "status": "in_progress", "arguments": ""}
        yield {"type": "response.output_item.added", "output_index": 0, "item": empty}
        for part in (CALL["arguments"][:5], CALL["arguments"][5:]):
            yield {"type": "response.function_call_arguments.delta", **at, "delta": part}
        yield {"type": "response.function_call_arguments.done", **at, **CALL}
    else:
        [part] = item["content"]
        inside = {**at, "content_index": 0}
        empty = {**item, "status": "in_progress", "content": []}
        yield {"type": "response.output_item.added", "output_index": 0, "item": empty}
        yield {"type": "response.content_part.added", **inside, "part": {**part, "text": ""}}
        for text in CHUNKS if part["text"] == TEXT else [part["text"]]:
            yield {"type": "response.output_text.delta", **inside, "delta": text, "logprobs": []}
        yield {"type": "response.output_text.done", **inside, "text": part["text"], "logprobs": []}
        yield {"type": "response.content_part.done", **inside, "part": part}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    yield {"type": "response.completed", "response": done}


def about_response(request):
    """What a response says of its request: it echoes the instructions."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": CREATED,
        "model": request["model"],
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "previous_response_id": request.get("previous_response_id"),
        "metadata": request.get("metadata") or {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "text": request.get("text", {"format": {"type": "text"}}),
        "tool_choice": "auto",
        "tools": request.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "user": request.get("user"),
    }


# The rest


def model(name):
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "test"}


def embeddings(request):
    asked = request["input"] if isinstance(request["input"], list) else [request["input"]]
    data = [{"object": "embedding", "index": index, "embedding": VECTOR} for index, _ in enumerate(asked)]
    return {"object": "list", "model": "small", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def completion(request):
    choice = {"index": 0, "text": TEXT, "finish_reason": "stop", "logprobs": None}
    return {"id": "cmpl-1", "object": "text_completion", "created": CREATED, "model": "small", "choices": [choice]}


def file(purpose, size):
    about = {"id": "file-1", "object": "file", "created_at": CREATED, "filename": "notes.txt", "status": "processed"}
    return {**about, "purpose": purpose, "bytes": size}
