"""A newcomer's client of a running proxy: talk, see what came of it, list what was learned, delete it.

    tactful demo                                  # or: tactful serve, with a provider behind it
    pip install openai
    export TACTFUL_URL=http://127.0.0.1:8080      # the proxy, as it prints it, without /v1
    export TACTFUL_KEY="$(cat data/admin.key)"    # the admin key: the demo prints its own
    export OPENAI_API_KEY=sk-...                  # the provider's; any text where the proxy has one, or for the demo
    python examples/chat.py

TACTFUL_MODEL names the model, TACTFUL_USER the user; without it every run is a new person.
"""

import json
import os
import time
import urllib.request

from openai import OpenAI

URL = os.environ.get("TACTFUL_URL", "http://127.0.0.1:8080")
KEY = os.environ["TACTFUL_KEY"]
MODEL = os.environ.get("TACTFUL_MODEL", "gpt-5-mini")
USER = os.environ.get("TACTFUL_USER", f"newcomer-{time.time_ns()}")

# The one line an app changes: the base URL.
client = OpenAI(base_url=f"{URL}/v1", api_key=os.environ.get("OPENAI_API_KEY", "none"))


def chat(prompt):
    reply = client.chat.completions.with_raw_response.create(
        model=MODEL,
        safety_identifier=USER,  # Who is speaking; `user=` and the header x-tactful-user do as well.
        messages=[{"role": "user", "content": prompt}],
    )
    print(f"\n> {prompt}")
    print(reply.parse().choices[0].message.content)
    outcome, reason = (reply.headers.get(f"x-tactful-{name}") for name in ("outcome", "reason"))
    print(f"  [{outcome}{f': {reason}' if reason else ''}]")


def personal(method, path):
    """The personal API: what is held about this user."""
    request = urllib.request.Request(
        f"{URL}/tactful/v1/users/{USER}{path}", method=method, headers={"authorization": f"Bearer {KEY}"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def learned():
    """Learning happens after the answer, off its way: give it a moment."""
    for _ in range(100):
        if attributes := personal("GET", "/attributes")["data"]:
            return attributes
        time.sleep(0.1)
    return []


chat("I'm vegetarian.")
attributes = learned()

chat("What is 17 * 23?")
chat("Can you suggest a quick dinner for me tonight?")

print("\nLearned, each from the user's own words:")
for attribute in attributes:
    print(f"  {attribute['id']}  {attribute['text']}  “{attribute['evidence'][0]['quote']}”")

for attribute in attributes[:1]:
    personal("DELETE", f"/attributes/{attribute['id']}")
    print(f"\nDeleted: {attribute['text']}. It is not used again, nor learned again.")
    chat("Can you suggest a quick dinner for me tonight?")
