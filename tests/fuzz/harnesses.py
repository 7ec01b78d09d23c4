"""All harnesses by name."""

from tests.fuzz.harness import Harness
from tests.fuzz.line_harnesses import LINES
from tests.fuzz.mqtt_harnesses import MQTT
from tests.fuzz.zk_harnesses import ZK

HARNESSES: dict[str, Harness] = {each.name: each for each in (*ZK, *LINES, *MQTT)}
