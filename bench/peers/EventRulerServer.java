import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.Machine;

/**
 * AWS's event-ruler as a process that answers each line of JSON by another. {"patterns", "events"} makes a machine of the patterns and
 * answers with the numbers of those that match, for each event. {"times"} matches the events in turn, so many in all, and answers with
 * the processor time of this process, in microseconds an event.
 */
public class EventRulerServer {
  public static void main(String[] args) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    Machine machine = null;
    List<String> events = new ArrayList<>();
    for (String line; (line = in.readLine()) != null; ) {
      JsonNode wanted = mapper.readTree(line);
      if (wanted.has("patterns")) {
        machine = new Machine();
        int number = 0;
        for (JsonNode pattern : wanted.get("patterns")) machine.addRule(String.valueOf(number++), pattern.asText());
        events.clear();
        List<List<String>> answers = new ArrayList<>();
        for (JsonNode event : wanted.get("events")) {
          events.add(event.asText());
          answers.add(machine.rulesForJSONEvent(event.asText()));
        }
        out.println(mapper.writeValueAsString(answers));
      } else {
        int times = wanted.get("times").asInt();
        long before = system.getProcessCpuTime();
        for (int n = 0; n < times; n++) machine.rulesForJSONEvent(events.get(n % events.size()));
        out.println((system.getProcessCpuTime() - before) / 1e3 / times);
      }
    }
  }
}
