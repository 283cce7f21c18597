/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.environment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.Step;
import io.github.dolphinml.common.run.Resource;
import io.github.dolphinml.common.shell.BashRenderer;
import io.github.dolphinml.common.testing.RealBash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The activation script in real bash. The conda prefixes are stand-ins: folders with conda's layout. */
class ActivationTest {

    @TempDir
    Path directory;

    private Path condaRoot;
    private Path condaScript;
    private final Map<String, String> variables = new HashMap<>();

    @BeforeEach
    void makeConda() throws IOException {
        condaRoot = directory.resolve("conda root");
        prefix(condaRoot);
        condaScript = condaRoot.resolve("etc/profile.d/conda.sh");
        Files.createDirectories(condaScript.getParent());
        write(condaScript, "conda() { echo \"conda was started: $*\"; return 1; }\n");
    }

    @Test
    void aNamedEnvironmentOfTheCondaRoot() throws Exception {
        Path prefix = prefix(condaRoot.resolve("envs/train"));
        Map<String, String> after = activated("train");
        assertEquals(prefix.toString(), after.get("CONDA_PREFIX"));
        assertEquals("train", after.get("CONDA_DEFAULT_ENV"));
        assertEquals(prefix + "/bin/python", after.get("python"));
        assertTrue(after.get("PATH").startsWith(prefix + "/bin:"), after.get("PATH"));
        assertFalse(after.containsKey("VIRTUAL_ENV"));
    }

    @Test
    void baseIsTheRootItself() throws Exception {
        assertEquals(condaRoot.toString(), activated("base").get("CONDA_PREFIX"));
    }

    @Test
    void anAbsolutePathOfACondaPrefix() throws Exception {
        Path prefix = prefix(directory.resolve("it's $HOME"));
        assertEquals(prefix.toString(), activated(prefix.toString()).get("CONDA_PREFIX"));
    }

    @Test
    void anAbsolutePathOfAVenv() throws Exception {
        Path venv = directory.resolve("a venv");
        RealBash made = RealBash.run(directory, "python3 -m venv --without-pip 'a venv'\n", Collections.emptyMap());
        assertEquals(0, made.exitCode(), made.output());
        variables.put("CONDA_PREFIX", "/of/the/worker");
        Map<String, String> after = activated(venv.toString());
        assertEquals(venv.toString(), after.get("VIRTUAL_ENV"));
        assertEquals(venv + "/bin/python", after.get("python"));
    }

    @Test
    void foldersOfCondarcFiles() throws Exception {
        Path prefix = prefix(directory.resolve("shared envs/listed"));
        write(
                directory.resolve(".condarc"),
                "channels:\n  - defaults\nenvs_dirs:\n  # ours\n  - \"" + directory.resolve("shared envs")
                        + "\"\npkgs_dirs:\n  - /nowhere\n");
        assertEquals(prefix.toString(), activated("listed").get("CONDA_PREFIX"));
        Path inHome = prefix(directory.resolve("own/of-home"));
        write(directory.resolve(".condarc"), "envs_dirs: [/nowhere, ~/own]\n");
        assertEquals(inHome.toString(), activated("of-home").get("CONDA_PREFIX"));
    }

    @Test
    void theListOfEnvironmentsInTheHomeDirectory() throws Exception {
        Path prefix = prefix(directory.resolve("project/named"));
        Files.createDirectories(directory.resolve(".conda"));
        write(directory.resolve(".conda/environments.txt"), "/nowhere/named\n" + prefix + "\n");
        assertEquals(prefix.toString(), activated("named").get("CONDA_PREFIX"));
    }

    @Test
    void scriptsAndVariablesOfTheEnvironment() throws Exception {
        Path prefix = prefix(condaRoot.resolve("envs/train"));
        Files.createDirectories(prefix.resolve("etc/conda/activate.d"));
        write(prefix.resolve("etc/conda/activate.d/a.sh"), "export FROM_SCRIPT=$NEVER_SET/$CONDA_PREFIX\n");
        write(prefix.resolve("conda-meta/state"), "{\"env_vars\": {\"FROM_STATE\": \"it's $HOME\"}}");
        Map<String, String> after = activated("train");
        assertEquals("/" + prefix, after.get("FROM_SCRIPT"));
        assertEquals("it's $HOME", after.get("FROM_STATE"));
    }

    @Test
    void condaItselfIsQueriedWhereNothingIsFound() throws Exception {
        Path hidden = prefix(directory.resolve("hidden/place"));
        write(condaScript, "conda() { echo \"conda was started: $*\"; export CONDA_PREFIX='" + hidden + "'; }\n");
        RealBash ran = activate("only-conda-knows");
        assertTrue(ran.output().startsWith("conda was started: activate only-conda-knows\n"), ran.output());
        assertEquals(hidden + "/bin/python", values(ran.output()).get("python"));
    }

    @Test
    void whatIsNotFoundIsSaidWithWhereAndWhatExists() throws Exception {
        prefix(condaRoot.resolve("envs/train"));
        Files.delete(condaScript);
        RealBash ran = activate("trian");
        assertEquals(1, ran.exitCode());
        assertTrue(ran.output().startsWith("Looked in:\n"), ran.output());
        assertTrue(ran.output().contains("  " + condaRoot + "/envs/trian\n"), ran.output());
        String last = "Environments that exist here:\n  " + condaRoot + "/envs/train\n"
                + "condaEnvName: no environment \"trian\" was found on ";
        assertTrue(ran.output().contains(last), ran.output());
        assertTrue(
                ran.output()
                        .endsWith(
                                "; name one that exists, or give the absolute path of a conda environment or venv.\n"),
                ran.output());
    }

    @Test
    void thePathOfAPythonIsSentToItsEnvironment() throws Exception {
        Path prefix = prefix(directory.resolve("alone"));
        RealBash ran = activate(prefix + "/bin/python");
        assertEquals(1, ran.exitCode());
        assertTrue(ran.output().contains("Environments that exist here:\n  (none)\n"), ran.output());
        assertTrue(
                ran.output().contains("; that is a Python, and its environment is " + prefix + ", or "), ran.output());
    }

    @Test
    void anEmptyNameIsThePythonOnPath() throws Exception {
        Path prefix = prefix(directory.resolve("on path"));
        variables.put("PATH", prefix + "/bin:/usr/bin:/bin");
        assertEquals(prefix + "/bin/python3", activated("").get("python"));
        Path home = prefix(directory.resolve("home"));
        variables.put("PYTHON_HOME", home.toString());
        assertEquals(prefix + "/bin/python3", activated("").get("python"));
        assertEquals(home + "/bin/python", values(activate("", "home").output()).get("python"));
        variables.put("PYTHON_LAUNCHER", prefix + "/bin/python");
        assertEquals(
                prefix + "/bin/python", values(activate("", "home").output()).get("python"));
    }

    @Test
    void ofSeveralPythonsTheOneWithThePackageIsTaken() throws Exception {
        Path onPath = prefix(directory.resolve("on path"));
        Path launcher = prefix(directory.resolve("launcher"));
        variables.put("PATH", onPath + "/bin:/usr/bin:/bin");
        variables.put("PYTHON_LAUNCHER", launcher + "/bin/python");
        write(launcher.resolve("bin/python"), "#!/bin/bash\nexit 1\n");
        for (String order : new String[] {"path", "home"}) {
            assertEquals(
                    onPath + "/bin/python3",
                    values(activate("", order).output()).get("python"));
        }
        write(onPath.resolve("bin/python3"), "#!/bin/bash\nexit 1\n");
        write(launcher.resolve("bin/python"), "#!/bin/bash\nPATH=/usr/bin:/bin exec python3 \"$@\"\n");
        for (String order : new String[] {"path", "home"}) {
            Map<String, String> after = values(activate("", order).output());
            assertEquals(launcher + "/bin/python", after.get("python"));
            assertTrue(after.get("PATH").startsWith(launcher + "/bin:"), after.get("PATH"));
        }
    }

    @Test
    void python3IsThePythonOfTheWorkerUnlessAnEnvironmentHasThatName() throws Exception {
        Path onPath = prefix(directory.resolve("on path"));
        variables.put("PATH", onPath + "/bin:/usr/bin:/bin");
        assertEquals(onPath + "/bin/python3", activated("python3").get("python"));
        Path launcher = prefix(directory.resolve("launcher"));
        variables.put("PYTHON_LAUNCHER", launcher + "/bin/python");
        assertEquals(
                launcher + "/bin/python",
                values(activate("python3", "home").output()).get("python"));
        Path named = prefix(condaRoot.resolve("envs/python3"));
        assertEquals(named + "/bin/python", activated("python3").get("python"));
    }

    @Test
    void hostileNamesAreOnlyNames() throws Exception {
        for (String name : new String[] {"$(touch MARK)", "`touch MARK`", "a;touch MARK", "*", "../envs", "a b", "'"}) {
            RealBash ran = activate(name);
            assertEquals(1, ran.exitCode(), name);
            assertTrue(ran.output().contains("no environment \"" + name + "\""), ran.output());
        }
        assertFalse(Files.exists(directory.resolve("MARK")));
    }

    private Map<String, String> activated(String name) throws Exception {
        RealBash ran = activate(name);
        assertEquals(0, ran.exitCode(), ran.output());
        return values(ran.output());
    }

    private RealBash activate(String name) throws Exception {
        return activate(name, "path");
    }

    private RealBash activate(String name, String order) throws Exception {
        Path script = directory.resolve("activate.sh");
        write(script, Resource.text("dolphinml/shell/activate.sh"));
        ExecutionPlan plan = ExecutionPlan.builder()
                .step(Step.source(script.toString(), "condaEnvName", condaScript.toString(), name, order, "json"))
                .build();
        String show = "env -0\nprintf 'python=%s\\0' \"$" + BashRenderer.PYTHON_VARIABLE + "\"\n";
        return RealBash.run(directory, BashRenderer.render(plan) + show, variables);
    }

    private static Map<String, String> values(String output) {
        Map<String, String> values = new HashMap<>();
        for (String entry :
                output.substring(output.indexOf('\n') < 0 ? 0 : start(output)).split("\0")) {
            values.put(entry.substring(0, entry.indexOf('=')), entry.substring(entry.indexOf('=') + 1));
        }
        return values;
    }

    /** Skips lines that were printed before the variables. */
    private static int start(String output) {
        int firstEntry = output.indexOf('\0');
        return output.lastIndexOf('\n', firstEntry) + 1;
    }

    private static Path prefix(Path path) throws IOException {
        Files.createDirectories(path.resolve("bin"));
        Files.createDirectories(path.resolve("conda-meta"));
        for (String name : new String[] {"python", "python3"}) {
            write(
                    path.resolve("bin").resolve(name),
                    "#!/bin/bash\nPATH=/usr/local/bin:/usr/bin:/bin exec python3 \"$@\"\n");
            path.resolve("bin").resolve(name).toFile().setExecutable(true);
        }
        return path;
    }

    private static void write(Path file, String text) throws IOException {
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
