import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Ruler;

/**
 * Reads {"pattern", "event"} lines and prints true, false, or the reason why the pattern is invalid. event-ruler 2.1.0 adds a field's
 * values to its machine in hash order, and for a few patterns the result depends on that order: it prints "unsure".
 */
public class Oracle {
  private static final int TIMES = 16;

  public static void main(String[] args) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    for (String line; (line = in.readLine()) != null; ) {
      JsonNode pair = mapper.readTree(line);
      String answer;
      try {
        int matches = 0;
        for (int i = 0; i < TIMES; i++) {
          if (Ruler.matchesRule(mapper.writeValueAsString(pair.get("event")), mapper.writeValueAsString(pair.get("pattern")))) matches++;
        }
        answer = matches == 0 ? "false" : matches == TIMES ? "true" : "unsure";
      } catch (Exception e) {
        answer = "invalid: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
      }
      out.println(answer);
    }
    out.flush();
  }
}
